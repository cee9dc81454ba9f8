//! `cargo ci setup`: what the demo and the tests need beside Rust. Quick when all is there; what cannot be had is said
//! in one line with the way to get it.

use crate::machines::cross_images;
use crate::problem::{Problem, Result};
use crate::progress::{Mark, Step};
use crate::repository::root;
use crate::steps::{self, command, on_path};
use crate::wasi_host::WasiHost;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Downloads on a slow line, and building a target from source.
const FETCH: Duration = Duration::from_secs(15 * 60);

/// Programs that the verbs call, and the Debian package that each comes from.
const PROGRAMS: &[(&str, &str)] = &[
    ("qemu-system-arm", "qemu-system-arm"),
    ("qemu-system-riscv32", "qemu-system-misc"),
    ("curl", "curl"),
    ("wrk", "wrk"),
    ("valgrind", "valgrind"),
    ("redis-cli", "redis-tools"),
    ("redis-benchmark", "redis-tools"),
];

/// What the set-up found or fetched.
pub struct Tools {
    /// `None` where no host for WASI modules can be had.
    pub wasi: Option<WasiHost>,
    /// One problem per thing that is missing.
    pub missing: Vec<Problem>,
}

/// Sees to everything; never fails as a whole, so that the machines whose tools are there still run.
pub fn run() -> Tools {
    let step = Step::start("set-up");
    let mut missing = Vec::new();
    let mut fetched = Vec::new();
    let mut need = |result: Result<Option<String>>| match result {
        Ok(what) => fetched.extend(what),
        Err(problem) => missing.push(problem),
    };
    need(components(&step));
    need(targets(&step));
    need(programs(&step));
    let wasi = match wasi(&step) {
        Ok((host, what)) => {
            fetched.extend(what);
            Some(host)
        }
        Err(problem) => {
            missing.push(problem);
            None
        }
    };
    let host = wasi.as_ref().map_or("no WASI host".to_owned(), WasiHost::name);
    // Not among the missing: only one test needs each, and says so.
    let unneeded = [
        ("host for preview 2 components", crate::component_host::fetch(&step).err()),
        ("defmt-print", crate::defmt_print::PROGRAM.fetch(&step).err()),
        ("wasmi", crate::wasi_host::WASMI.fetch(&step).err()),
        ("libkqueue", crate::kqueue::fetch(&step).err()),
        ("wine", crate::windows::fetch(&step).err()),
        ("jco", crate::jco::fetch(&step).err()),
        // The longest, so the last.
        ("wasmtime command", crate::component_host::COMMAND.fetch(&step).err()),
    ];
    let fetched = match (fetched.as_slice(), missing.len()) {
        ([], 0) => "all there".to_owned(),
        ([], count) => format!("{count} missing"),
        (fetched, 0) => format!("fetched {}", fetched.join(", ")),
        (fetched, count) => format!("fetched {}, {count} missing", fetched.join(", ")),
    };
    step.end(if missing.is_empty() { Mark::Ok } else { Mark::Failed }, &format!("{fetched}; modules run on {host}"));
    for (tool, problem) in unneeded {
        if let Some(problem) = problem {
            println!("  no {tool}: {}", problem.in_one_line());
        }
    }
    for problem in &missing {
        println!("  missing: {}", problem.in_one_line());
    }
    Tools { wasi, missing }
}

/// rustfmt and clippy: a minimal toolchain has neither.
fn components(step: &Step) -> Result<Option<String>> {
    let bin = sysroot(step)?.join("bin");
    let absent: Vec<&str> = [("cargo-fmt", "rustfmt"), ("cargo-clippy", "clippy")]
        .into_iter()
        .filter(|(program, _)| !bin.join(program).is_file() && on_path(program).is_none())
        .map(|(_, component)| component)
        .collect();
    if absent.is_empty() {
        return Ok(None);
    }
    let mut rustup = command("rustup", ["component", "add"].iter().chain(&absent));
    let named = absent.join(", ");
    fetch(step, &mut rustup).map_err(|problem| problem.while_doing(&named)).map(|()| Some(named))
}

fn targets(step: &Step) -> Result<Option<String>> {
    let sysroot = sysroot(step)?;
    let targets = cross_images().into_keys().chain(crate::kqueue::TARGETS.iter().copied());
    let targets = targets.chain([crate::windows::TARGET]);
    let absent: Vec<&str> = targets.filter(|target| !has_target(&sysroot, target)).collect();
    if absent.is_empty() {
        return Ok(None);
    }
    let still_absent = || absent.iter().any(|target| !has_target(&sysroot, target));
    let mut rustup = command("rustup", ["target", "add"].iter().chain(&absent));
    let named = absent.join(", ");
    let refused = match fetch(step, &mut rustup) {
        Ok(()) if !still_absent() => return Ok(Some(named)),
        Ok(()) => Problem::new("rustup takes the cross targets for installed, but they are not in the toolchain")
            .next("rustup toolchain uninstall stable && rustup toolchain install stable"),
        Err(refused) => refused,
    };
    let refused = refused.while_doing(&format!("targets {named}"));
    let Some(script) = target_script() else { return Err(refused) };
    let built = fetch(step, command(&script.to_string_lossy(), &absent).current_dir(root()));
    if built.is_err() || still_absent() { Err(refused) } else { Ok(Some(format!("{named} (by {})", script.display()))) }
}

/// A script that gives the toolchain its targets where rustup is refused.
fn target_script() -> Option<PathBuf> {
    let named = std::env::var_os("ZOKIO_INSTALL_TARGETS").map(PathBuf::from);
    let script = named.unwrap_or_else(|| root().join("../shared/toolchain/install-targets"));
    script.is_file().then_some(script)
}

fn sysroot(step: &Step) -> Result<PathBuf> {
    let output = steps::within(step, &mut command("rustc", ["--print", "sysroot"]), Duration::from_secs(60))?;
    Ok(PathBuf::from(output.stdout.trim()))
}

fn has_target(sysroot: &Path, target: &str) -> bool {
    let folder = sysroot.join("lib/rustlib").join(target).join("lib");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libcore-"))
}

/// Programs on PATH, from Debian packages where they are not.
fn programs(step: &Step) -> Result<Option<String>> {
    let absent = || PROGRAMS.iter().filter(|(program, _)| on_path(program).is_none()).collect::<Vec<_>>();
    let mut packages: Vec<&str> = absent().iter().map(|(_, package)| *package).collect();
    packages.dedup();
    if packages.is_empty() {
        return Ok(None);
    }
    let installed = install(step, &packages);
    let names = absent().iter().map(|(program, _)| *program).collect::<Vec<_>>().join(", ");
    match installed {
        _ if names.is_empty() => Ok(Some(packages.join(", "))),
        Ok(()) => Err(Problem::new(format!("{names}: installed, but not on PATH")).next("export PATH=$PATH:/usr/bin")),
        Err(problem) => Err(problem.while_doing(&names)),
    }
}

fn wasi(step: &Step) -> Result<(WasiHost, Option<String>)> {
    if let Some(host) = WasiHost::find() {
        return Ok((host, None));
    }
    let has_pip = || {
        let mut pip = command("python3", ["-m", "pip", "--version"]);
        steps::quiet(&mut pip, Duration::from_secs(60)).is_ok_and(|output| output.ok())
    };
    let pip = if has_pip() { Ok(()) } else { install(step, &["python3", "python3-pip"]) };
    match pip.and_then(|()| WasiHost::fetch(step)) {
        Ok(host) => {
            let what = host.name();
            Ok((host, Some(what)))
        }
        Err(problem) => match WasiHost::node() {
            Some(node) => Ok((node, None)),
            None => Err(problem.while_doing("a WASI host")),
        },
    }
}

/// Installs Debian packages, as root or through sudo.
pub fn install(step: &Step, packages: &[&str]) -> Result<()> {
    let by_hand = format!("sudo apt-get install --no-install-recommends {}", packages.join(" "));
    if on_path("apt-get").is_none() {
        let next = format!("install what Debian calls {} with the package manager of this system", packages.join(" "));
        return Err(Problem::new("no apt-get here").next(next));
    }
    let apt = |args: &[&str]| -> Result<std::process::Command> {
        let mut apt = match privilege() {
            Some([]) => command("env", ["DEBIAN_FRONTEND=noninteractive"]),
            Some(sudo) => {
                let mut command = command(sudo[0], &sudo[1..]);
                command.arg("env").arg("DEBIAN_FRONTEND=noninteractive");
                command
            }
            None => return Err(Problem::new("not root, and sudo asks for a password").next(by_hand.clone())),
        };
        apt.args(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]).args(args);
        Ok(apt)
    };
    let wanted: Vec<&str> = ["install", "-y", "--no-install-recommends"].iter().chain(packages).copied().collect();
    if steps::within(step, &mut apt(&wanted)?, FETCH)?.ok() {
        return Ok(());
    }
    // The usual reason: the package lists are older than the mirror, or there are none yet.
    let _ = steps::within(step, &mut apt(&["update"])?, FETCH)?;
    fetch(step, &mut apt(&wanted)?).map_err(|problem| problem.next(by_hand.clone()))
}

/// What makes a command run as root: nothing, sudo, or no way.
fn privilege() -> Option<&'static [&'static str]> {
    let root =
        steps::quiet(&mut command("id", ["-u"]), Duration::from_secs(10)).is_ok_and(|id| id.stdout.trim() == "0");
    if root {
        return Some(&[]);
    }
    let sudo = on_path("sudo").is_some()
        && steps::quiet(&mut command("sudo", ["-n", "true"]), Duration::from_secs(10)).is_ok_and(|output| output.ok());
    sudo.then_some(&["sudo", "-n"])
}

/// Runs a command that fetches; the error is what it complained of, and the next step the command itself.
pub fn fetch(step: &Step, command: &mut std::process::Command) -> Result<()> {
    let output = steps::within(step, command, FETCH).map_err(|problem| problem.next(steps::shown(command)))?;
    if output.ok() {
        return Ok(());
    }
    Err(Problem::new(complaint(&output.all)).next(steps::shown(command)))
}

/// The line that says why: the first that calls itself an error, or else the last.
pub fn complaint(output: &str) -> String {
    let lines = || output.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = |line: &&str| ["error", "ERROR", "E: "].iter().any(|word| line.starts_with(word));
    lines().find(error).or_else(|| lines().next_back()).unwrap_or("it says nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_the_first_error_or_the_last_line() {
        assert_eq!(complaint("info: downloading\nerror: no network\n   0: <unknown>\n"), "error: no network");
        assert_eq!(complaint("Err: 1\nE: Unable to fetch\n"), "E: Unable to fetch");
        assert_eq!(complaint("one\ntwo\n\n"), "two");
        assert_eq!(complaint(""), "it says nothing");
    }

    #[test]
    fn a_target_is_there_when_its_core_library_is() {
        let folder = std::env::temp_dir().join(format!("zokio-ci-sysroot-{}", std::process::id()));
        let library = folder.join("lib/rustlib/thumbv6m-none-eabi/lib");
        std::fs::create_dir_all(&library).unwrap();
        assert!(!has_target(&folder, "thumbv6m-none-eabi"), "an empty folder is no target");
        std::fs::write(library.join("libcore-0123.rlib"), "").unwrap();
        assert!(has_target(&folder, "thumbv6m-none-eabi"));
        assert!(!has_target(&folder, "thumbv7m-none-eabi"));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
