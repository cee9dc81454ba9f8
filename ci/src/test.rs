//! `cargo ci test`: everything that gates a landing. A step that fails shows what it printed, the others run on.

use crate::component_host;
use crate::image::Image;
use crate::machines::{
    BOARD_CRATES, BOARD_SUITES, BOARD_TESTS, EVENTS_DEFMT, MPS2_ETHERNET, PORTABLE, RISC_V, WASI_SUITE, WINDOWS,
    cpu_options, cross_images, has_atomics,
};
use crate::problem::{Context, Problem, Result};
use crate::progress::{Mark, Step};
use crate::readme;
use crate::repository::{Workspace, cargo, root};
use crate::results::{self, Count, Suite};
use crate::running::board;
use crate::setup::Tools;
use crate::steps::{self, Output};
use crate::wasi_examples;
use crate::wasi_host::{WASMI, WasiHost};
use crate::{demo, examples, hot_paths, instructions, jco, kqueue, report, size, sweep, terminal, verify, windows};
use std::process::Command;
use std::time::Duration;

/// A cold build on two slow cores with everything to download.
const BUILD: Duration = Duration::from_secs(20 * 60);
/// A run of the suite on one machine, which takes seconds.
const SUITE: Duration = Duration::from_secs(180);
/// How long a program named in the README has to fail, if it fails.
const START: Duration = Duration::from_secs(3);

/// Runs every gate and counts. `knows`: whether `cargo ci` takes these words.
pub fn run(tools: &Tools, knows: fn(&[String]) -> bool) -> Count {
    let mut count = Count { passed: 0, failed: tools.missing.len() };
    for workspace in [Workspace::Host, Workspace::Targets] {
        let label = format!("rustfmt, {}", name(workspace));
        count += gate(steps::step(&label, &mut cargo(workspace, "fmt", ["--all", "--check"]), BUILD));
    }
    count += lints();
    count += host_tests("host tests", Workspace::Host, &["--workspace"]);
    let events = ["--package", "zokio-core", "--features", "events", "--test", "events"];
    count += host_tests("host test of events", Workspace::Host, &events);
    match kqueue::find() {
        Some(library) => {
            let step = Step::start("zokio-std on kqueue, through libkqueue");
            count += libtests(step, &mut kqueue::tests(&library));
        }
        None => println!("left out: zokio-std on kqueue, because libkqueue is not here: cargo ci setup"),
    }
    count += on_windows(tools);
    let packages: Vec<&str> = BOARD_CRATES.iter().flat_map(|package| ["--package", package]).collect();
    count += host_tests("host tests of the board crates", Workspace::Targets, &packages);
    count += suites(tools);
    count += reports(tools);
    for (label, mut test) in wasi_examples::tests(tools.wasi.as_ref()) {
        count += libtests(Step::start(label), &mut test);
    }
    count += examples::run();
    count += sweep::run();
    count += verify::slice();
    count += readmes(knows);
    let session = demo::run(tools, false);
    count += Count { passed: session.passed, failed: session.failed };
    count += demo::alone(&MPS2_ETHERNET, tools);
    // The smallest machine, one without threads, one with them.
    count +=
        report::run(tools, |machine| ["epoll", "poll_oneoff"].contains(&machine.driver) || machine.name.contains("M0"));
    count += size::run(false, false).unwrap_or_else(|problem| gate::<()>(Err(problem)));
    count += instructions::run(false, false).unwrap_or_else(|problem| gate::<()>(Err(problem)));
    count += hot_paths::run(false, false).unwrap_or_else(|problem| gate::<()>(Err(problem)));
    count
}

/// The driver of Windows: its tests, and a session with the key-value server.
pub fn on_windows(tools: &Tools) -> Count {
    let Some(wine) = windows::find() else {
        println!("left out: zokio-std on Windows, because wine is not here: cargo ci setup");
        return Count::default();
    };
    let step = Step::start("zokio-std on Windows, by wine");
    let tests = libtests(step, &mut wine.tests());
    let step = Step::start("examples for Windows only, by wine");
    tests + libtests(step, &mut wine.examples()) + demo::alone(&WINDOWS, tools) + gate(terminal::ctrl_c(&wine))
}

fn name(workspace: Workspace) -> &'static str {
    match workspace {
        Workspace::Host => "host workspace",
        Workspace::Targets => "targets workspace",
    }
}

/// A step counts as one test.
fn gate<T>(result: Result<T>) -> Count {
    match result {
        Ok(_) => Count { passed: 1, failed: 0 },
        Err(problem) => {
            println!("       {problem}");
            Count { passed: 0, failed: 1 }
        }
    }
}

fn lints() -> Count {
    let deny = ["--", "-D", "warnings"];
    let packages = |names: &'static [&'static str]| names.iter().flat_map(|name| ["--package", name]);
    let lint = |label: &str, workspace, args: Vec<&str>| {
        let mut clippy = cargo(workspace, "clippy", args.into_iter().chain(deny));
        gate(steps::step(&format!("clippy, {label}"), &mut clippy, BUILD))
    };
    let mut count = lint("host", Workspace::Host, vec!["--workspace", "--all-targets"]);
    let observed = ["--package", "zokio-core", "--features", "events,defmt", "--all-targets"];
    count += lint("the core with events and defmt", Workspace::Host, observed.to_vec());
    let Image { package, bin, target, options, .. } = EVENTS_DEFMT;
    let defmt = ["--package", package, "--bin", bin].into_iter().chain(options.iter().copied());
    let defmt = defmt.chain(target.iter().flat_map(|target| ["--target", target]));
    count += lint("what writes with defmt", Workspace::Targets, defmt.collect());
    let riscv = ["--package", "zokio-riscv", "--features", "defmt", "--target", RISC_V];
    count += lint("board crates with defmt on RISC-V", Workspace::Targets, riscv.to_vec());
    let boards = packages(BOARD_CRATES).chain(["--all-targets"]);
    count += lint("board crates on the host", Workspace::Targets, boards.collect());
    for target in kqueue::TARGETS {
        let features = ["--package", "zokio-std", "--features", "http,futures-io,tokio", "--target", target];
        count += lint(&format!("zokio-std on {target}"), Workspace::Host, features.to_vec());
        let mut docs = cargo(Workspace::Host, "doc", ["--no-deps"].into_iter().chain(features));
        count += gate(steps::step(
            &format!("documentation, zokio-std on {target}"),
            docs.env("RUSTDOCFLAGS", "-D warnings"),
            BUILD,
        ));
    }
    count += gate(steps::step(&format!("clippy, zokio-std on {}", windows::TARGET), &mut windows::lints(), BUILD));
    for (target, images) in cross_images() {
        if has_atomics(target) {
            let libraries = ["--lib", "--target", target].into_iter().chain(packages(PORTABLE));
            count += lint(&format!("libraries on {target}"), Workspace::Host, libraries.collect());
        }
        // Clippy looks at the members of the workspace that these depend on, too.
        let programs = images.iter().flat_map(|image| ["--package", image.package, "--bin", image.bin]);
        let programs = ["--target", target].into_iter().chain(programs);
        count += lint(&format!("programs on {target}"), Workspace::Targets, programs.collect());
    }
    count
}

/// Unit, integration, doc and compile-fail tests of one workspace.
fn host_tests(label: &str, workspace: Workspace, packages: &[&str]) -> Count {
    let args = ["--no-fail-fast"].into_iter().chain(packages.iter().copied());
    libtests(Step::start(label), &mut cargo(workspace, "test", args))
}

/// Runs a command that prints as Rust's test harness does, and counts.
fn libtests(step: Step, command: &mut Command) -> Count {
    let output = match steps::within(&step, command, BUILD) {
        Ok(output) => output,
        Err(problem) => {
            step.end(Mark::Failed, "");
            return gate::<()>(Err(problem));
        }
    };
    let mut count = results::libtest(&output.stdout).unwrap_or_default();
    if !output.ok() && count.failed == 0 {
        // Something that is no test: a crate that does not compile, a test program that died.
        count.failed = 1;
    }
    end(step, count, &output);
    count
}

/// Ends a step that ran several tests, and tells of those that failed.
fn end(step: Step, count: Count, output: &Output) {
    let Count { passed, failed } = count;
    let ignored = match results::ignored(&output.stdout) {
        0 => String::new(),
        ignored => format!(", {ignored} ignored"),
    };
    step.end(if failed > 0 { Mark::Failed } else { Mark::Ok }, &format!("{passed} passed, {failed} failed{ignored}"));
    for (name, reason) in results::left_out(&output.stdout) {
        println!("       left out: {name}: {reason}");
    }
    if failed > 0 {
        output.all.lines().filter(|line| results::tells(line)).for_each(|line| println!("       | {line}"));
    }
}

/// The shared suite on the host and on every machine: all pass, and all run the same tests.
fn suites(tools: &Tools) -> Count {
    let mut count = Count::default();
    let host = cargo(Workspace::Host, "test", ["--package", "zokio-suite", "--test", "host"]);
    let mut runs = vec![("host".to_owned(), one_suite("host", || Ok(host)))];
    let mut run = |name: String, image: Image| {
        let suite = one_suite(&name, || run_on(&image, tools, cpu_options(&image)));
        runs.push((name, suite));
    };
    run("wasm".to_owned(), WASI_SUITE);
    for (board, image) in BOARD_SUITES {
        run((*board).to_owned(), *image);
        run(format!("{board}, debug"), image.debug());
    }
    // The same module on each host of WASI that is here.
    for host in tools.wasi.iter().flat_map(WasiHost::others) {
        let suite = one_suite(&host.name(), || Ok(host.command(&WASI_SUITE.build()?, &[])));
        runs.push((host.name(), suite));
    }
    let first = runs.iter().find_map(|(name, run)| Some((name, run.as_ref()?)));
    for (name, run) in &runs {
        let Some(suite) = run else {
            count.failed += 1;
            continue;
        };
        count += suite.count();
        if let Some((model, difference)) = first.and_then(|(model, first)| Some((model, suite.difference(first)?))) {
            count +=
                gate::<()>(Err(Problem::new(format!("suite on {name} is not the suite on {model}: {difference}"))));
        }
    }
    count
}

fn one_suite(name: &str, command: impl FnOnce() -> Result<Command>) -> Option<Suite> {
    let label = format!("suite on {name}");
    let complain = |problem: Problem| println!("       {}", problem.while_doing(&label));
    let mut command = command().map_err(complain).ok()?;
    let step = Step::start(&label);
    let limit = if name == "host" { BUILD } else { SUITE };
    let output = steps::within(&step, &mut command, limit).map_err(complain).ok()?;
    match Suite::parse(&output.all) {
        Ok(suite) => {
            end(step, suite.count(), &output);
            Some(suite)
        }
        Err(wrong) => {
            step.end(Mark::Failed, &format!("{wrong}; {}", output.ending()));
            steps::show(&output);
            None
        }
    }
}

fn is_wasm(image: &Image) -> bool {
    image.target.is_some_and(|target| target.starts_with("wasm"))
}

fn run_on(image: &Image, tools: &Tools, options: &str) -> Result<Command> {
    let path = image.build()?;
    if is_wasm(image) {
        let host = tools.wasi.as_ref().ok_or_else(|| Problem::new("no WASI host").next("cargo ci setup"))?;
        return Ok(host.command(&path, &[]));
    }
    Ok(board(&path, options))
}

/// Programs with a report of their own: a line that starts or ends with "ok" for each test, and the exit code.
fn reports(tools: &Tools) -> Count {
    let mut count = Count::default();
    for image in BOARD_TESTS {
        // In virtual time, once with many instructions per tick and once with few.
        for shift in ["3", "10"] {
            let options = format!("-icount shift={shift} -rtc clock=vm");
            count += reported(&format!("{}, shift {shift}", image.bin), SUITE, || run_on(image, tools, &options));
        }
    }
    count += reported("zokio-wasi on every host here", BUILD, || {
        let mut hosts = steps::command("python3", [root().join("zokio-wasi/tests/real_host/hosts.py")]);
        if let Some(WasiHost::Wasmtime { packages: Some(packages) }) = &tools.wasi {
            hosts.env("PYTHONPATH", packages);
        }
        if let Some(wasmi) = WASMI.find() {
            hosts.env("WASMI", wasmi);
        }
        Ok(hosts)
    });
    let Some(packages) = component_host::find() else {
        println!(
            "left out: zokio-wasi as a preview 2 component, because its host or target is not here: cargo ci setup"
        );
        return count;
    };
    count
        + reported("zokio-wasi as a component", BUILD, || {
            let mut hosts = steps::command("python3", [root().join("zokio-wasi/tests/component/hosts.py")]);
            hosts.env("PYTHONPATH", packages).envs(jco::find().map(|program| ("JCO", program)));
            hosts.envs(component_host::COMMAND.find().map(|program| ("WASMTIME", program)));
            Ok(hosts)
        })
}

fn reported(label: &str, limit: Duration, command: impl FnOnce() -> Result<Command>) -> Count {
    let mut command = match command() {
        Ok(command) => command,
        Err(problem) => return gate::<()>(Err(problem.while_doing(label))),
    };
    let step = Step::start(label);
    let output = match steps::within(&step, &mut command, limit) {
        Ok(output) => output,
        Err(problem) => {
            step.end(Mark::Failed, "");
            return gate::<()>(Err(problem));
        }
    };
    let passed = results::report(&output.all);
    let count = Count { passed, failed: usize::from(!output.ok() || passed == 0) };
    end(step, count, &output);
    count
}

/// The READMEs agree, and every cargo command in them works.
fn readmes(knows: fn(&[String]) -> bool) -> Count {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).doing(format_args!("reading {name}"));
    let (english, chinese) = match (read("README.md"), read("README.zh-CN.md")) {
        (Ok(english), Ok(chinese)) => (english, chinese),
        (Err(problem), _) | (_, Err(problem)) => return gate::<()>(Err(problem)),
    };
    let agree = readme::difference(&english, &chinese)
        .map_or(Ok(()), |difference| Err(Problem::new(format!("README.md and README.zh-CN.md differ: {difference}"))));
    let step = Step::start("README.md and README.zh-CN.md say the same");
    step.end(if agree.is_ok() { Mark::Ok } else { Mark::Failed }, "");
    let mut count = gate(agree);
    for words in readme::commands(&english) {
        count += gate(command_works(&words, knows));
    }
    count
}

/// `cargo ci` commands are parsed, builds and tests are run, programs are built and started.
fn command_works(words: &[String], knows: fn(&[String]) -> bool) -> Result<()> {
    let typed = words.join(" ");
    let label = format!("README: {typed}");
    // A fixed port may be taken on this machine.
    let any_port = |word: &String| if word.starts_with("127.0.0.1:") { "127.0.0.1:0".to_owned() } else { word.clone() };
    let words: Vec<String> = words.iter().map(any_port).collect();
    let mut args = words[1..].iter().map(String::as_str);
    match args.next() {
        Some("ci") => {
            let step = Step::start(&label);
            let known = knows(&words[1..]);
            step.end(if known { Mark::Ok } else { Mark::Failed }, "");
            if known {
                Ok(())
            } else {
                Err(Problem::new(format!("README.md names `{typed}`, which cargo ci does not take")))
            }
        }
        Some(verb @ ("build" | "test")) => {
            steps::step(&label, &mut cargo(Workspace::Host, verb, args), BUILD).map(|_| ())
        }
        Some("run") => {
            let build = args.clone().take_while(|arg| *arg != "--");
            steps::step(&label, &mut cargo(Workspace::Host, "build", build), BUILD)?;
            let output = steps::quiet(&mut cargo(Workspace::Host, "run", args), START)?;
            // A server runs on until it is ended; any other program has to end well.
            if output.status.is_none() || output.ok() {
                return Ok(());
            }
            steps::show(&output);
            Err(Problem::new(format!("README.md names `{typed}`, which {}", output.ending())))
        }
        _ => Err(Problem::new(format!("README.md names `{typed}`, which cargo ci test does not know how to check"))),
    }
}
