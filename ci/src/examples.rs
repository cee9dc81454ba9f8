//! The examples for boards, each against the output that lies beside it, and those for hosts of WASI.

use crate::defmt_print;
use crate::group::Group;
use crate::http_handler;
use crate::image::Image;
use crate::machines::{CARD, ECHOES, EVENTS_DEFMT, EXAMPLES, FAILING, PARALLEL, SD_CARD};
use crate::problem::{Context, Problem, Result};
use crate::progress::{Mark, Step};
use crate::repository::root;
use crate::results::Count;
use crate::running::{board, free_port};
use crate::steps;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// They take well under a second in virtual time.
const EXAMPLE: Duration = Duration::from_secs(60);

/// How often what runs on two harts or cores at once is run in real time, where they are two threads and no run is like another.
const PARALLEL_RUNS: usize = 10;

/// The same in every run, however busy this machine is.
const VIRTUAL_TIME: &str = "-icount shift=3,sleep=off -rtc clock=vm";

/// What is said to the echo, and what it says.
const DIALOGUE: &[(&str, &str)] = &[("", "ready\n"), ("hello\n", "HELLO\n"), ("bye\n", "BYE\n")];

/// All examples.
pub fn run() -> Count {
    let mut count = Count::default();
    for image in EXAMPLES {
        count += counted(image, |path| prints(image, path, VIRTUAL_TIME));
    }
    count += counted(&SD_CARD, |path| prints(&SD_CARD, path, &format!("{VIRTUAL_TIME} {CARD}")));
    for (image, words) in FAILING {
        count += counted(image, |path| fails_with(image, path, words));
    }
    match defmt_print::PROGRAM.find() {
        Some(printer) => {
            let reads = |path: &Path| defmt_print::reads(&printer, &EVENTS_DEFMT, path, VIRTUAL_TIME);
            count += counted(&EVENTS_DEFMT, reads);
        }
        None => {
            println!("left out: reading {} back, because defmt-print is not here: cargo ci setup", EVENTS_DEFMT.name())
        }
    }
    for image in PARALLEL {
        count += counted(image, |path| (0..PARALLEL_RUNS).try_for_each(|_| prints(image, path, "")));
    }
    for image in ECHOES {
        count += counted(image, echoes);
    }
    count + http_handler::run()
}

fn counted(image: &Image, check: impl FnOnce(&Path) -> Result<()>) -> Count {
    let result = image.build().and_then(|path| {
        let step = Step::start(format!("example {}", image.bin));
        let result = check(&path);
        step.end(if result.is_ok() { Mark::Ok } else { Mark::Failed }, "");
        result
    });
    match result {
        Ok(()) => Count { passed: 1, failed: 0 },
        Err(problem) => {
            println!("       {problem}");
            Count { passed: 0, failed: 1 }
        }
    }
}

/// It prints what is expected, in QEMU with these options.
fn prints(image: &Image, path: &Path, options: &str) -> Result<()> {
    let file = root().join(format!("examples/{}/expected/{}.txt", image.package, image.bin));
    let expected = std::fs::read_to_string(&file).doing(format_args!("reading {}", file.display()))?;
    let output = steps::quiet(&mut board(path, options), EXAMPLE)?;
    if output.ok() && output.stdout.lines().eq(expected.lines()) {
        return Ok(());
    }
    steps::show(&output);
    Err(Problem::new(format!("{} {}, and printed other than {}", image.name(), output.ending(), file.display())))
}

/// It fails, and says why.
fn fails_with(image: &Image, path: &Path, words: &[&str]) -> Result<()> {
    let output = steps::quiet(&mut board(path, VIRTUAL_TIME), EXAMPLE)?;
    let missing = words.iter().find(|words| !output.stdout.contains(**words));
    if output.status.is_some_and(|status| status.code() == Some(1)) && missing.is_none() {
        return Ok(());
    }
    steps::show(&output);
    Err(Problem::new(format!("{} {} and did not say {:?}", image.name(), output.ending(), missing.unwrap_or(&""))))
}

/// Talks to the first UART, on a socket that the machine waits for before it starts.
fn echoes(path: &Path) -> Result<()> {
    let port = free_port()?;
    let mut machine = board(path, &format!("-serial tcp:127.0.0.1:{port},server=on,wait=on,nodelay=on"));
    let mut group = Group::start(machine.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
    let until = Instant::now() + EXAMPLE;
    let stream = loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => break stream,
            Err(_) if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => return Err(Problem::new(format!("nobody listens on the UART's socket: {error}"))),
        }
    };
    stream.set_read_timeout(Some(EXAMPLE)).doing("setting a time limit")?;
    let mut answers = BufReader::new(stream.try_clone().doing("sharing the socket")?);
    for (said, expected) in DIALOGUE {
        (&stream).write_all(said.as_bytes()).doing("writing to the UART")?;
        let mut answer = String::new();
        answers.read_line(&mut answer).doing("reading from the UART")?;
        if answer != *expected {
            return Err(Problem::new(format!("to {said:?} it said {answer:?} instead of {expected:?}")));
        }
    }
    while group.ended().is_none() {
        if Instant::now() > until {
            return Err(Problem::new("it said goodbye and went on"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    match group.ended() {
        Some(status) if status.success() => Ok(()),
        other => Err(Problem::new(format!("it ended with {other:?}"))),
    }
}
