//! The HTTP handler as a component, under the hosts that serve with one: wasmtime's command, and jco.

use crate::component_host::{self, COMMAND};
use crate::group::Group;
use crate::image::Image;
use crate::jco;
use crate::problem::{Context, Problem, Result};
use crate::progress::{Mark, Step};
use crate::results::Count;
use crate::running::free_port;
use crate::steps::{self, command};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The handler.
const HANDLER: Image = Image::targets("http-wasi", "http_wasi", "wasm32-wasip2").library();
/// From the start to the first answer: a host compiles the component first.
const BOOT: Duration = Duration::from_secs(90);
const ANSWER: Duration = Duration::from_secs(30);

/// What is asked, with curl's words, and what comes of it. `PEER` is the address of a server of ours.
const CHECKS: &[(&str, &[&str], &str)] = &[
    ("a line", &["hello"], "hello from a component\n"),
    ("a body comes back", &["echo", "-d", "a body"], "a body"),
    ("a body is counted", &["length", "-d", "12345"], "5\n"),
    ("a timer", &["slow/30"], "at last\n"),
    ("two timers at a time", &["both/400"], "4"),
    ("a request of its own", &["fetch/PEER/what"], "from the peer: GET /what HTTP/1.1"),
    ("a peer that is not there", &["fetch/127.0.0.1:1/", "-o", "/dev/null", "-w", "%{http_code}"], "502"),
    ("an error", &["slow/never", "-o", "/dev/null", "-w", "%{http_code}"], "500"),
    ("nothing there", &["nothing", "-o", "/dev/null", "-w", "%{http_code}"], "404"),
];

/// The handler under every host that is here, asked by curl. Counts the checks.
pub fn run() -> Count {
    let wasmtime = COMMAND.find().filter(|_| component_host::has_target());
    let mut count = Count::default();
    for (host, program) in [("wasmtime serve", wasmtime), ("jco serve", jco::find())] {
        match program {
            Some(program) => count += under(host, &program),
            None => println!(
                "left out: an HTTP handler under {host}, because that or the target is not here: cargo ci setup"
            ),
        }
    }
    count
}

fn under(host: &str, program: &Path) -> Count {
    let handler = HANDLER.build();
    let step = Step::start(format!("an HTTP handler as a component, under {host}"));
    let mut count = Count::default();
    let mut problems = Vec::new();
    match handler.and_then(|handler| serve(host, program, &handler)) {
        Err(problem) => problems.push(problem),
        Ok((_host, address)) => {
            let peer = peer();
            for (name, words, expected) in CHECKS {
                step.note(name);
                match peer.as_ref().map_err(Clone::clone).and_then(|peer| ask(&address, peer, words, expected)) {
                    Ok(()) => count.passed += 1,
                    Err(problem) => problems.push(problem.while_doing(name)),
                }
            }
        }
    }
    count.failed = problems.len();
    step.end(
        if problems.is_empty() { Mark::Ok } else { Mark::Failed },
        &format!("{} passed, {} failed", count.passed, count.failed),
    );
    problems.iter().for_each(|problem| println!("       {problem}"));
    count
}

/// Starts the host, and waits until it answers.
fn serve(name: &str, program: &Path, handler: &Path) -> Result<(Group, String)> {
    let port = free_port()?;
    let address = format!("127.0.0.1:{port}");
    let mut host = Command::new(program);
    host.arg("serve");
    if name.starts_with("jco") {
        host.arg(handler).args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    } else {
        // The standard library of a component wants `wasi:cli`, which a handler is given only if that is asked for.
        host.args(["-S", "cli", "-O", "pooling-allocator=n", "--addr", &address]).arg(handler);
    }
    let mut host = Group::start(host.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
    let until = Instant::now() + BOOT;
    while ask(&address, "", &["hello"], "hello").is_err() {
        if let Some(status) = host.ended() {
            return Err(Problem::new(format!("{name} ended: {status}")));
        }
        if Instant::now() > until {
            return Err(Problem::new(format!("{name} does not answer")));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok((host, address))
}

fn ask(address: &str, peer: &str, words: &[&str], expected: &str) -> Result<()> {
    let url = format!("http://{address}/{}", words[0].replace("PEER", peer));
    let mut curl = command("curl", ["-sS", "--max-time", "20", &url]);
    let output = steps::quiet(curl.args(&words[1..]), ANSWER)?;
    if output.ok() && output.stdout.starts_with(expected) {
        return Ok(());
    }
    Err(Problem::new(format!("{url} gave {:?} instead of {expected:?}", output.all.trim())))
}

/// A server that says what it was asked, for as long as this program runs.
fn peer() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").doing("listening")?;
    let address = listener.local_addr().doing("asking for the address")?.to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let len = stream.read(&mut request).unwrap_or(0);
            let text = String::from_utf8_lossy(&request[..len]);
            let body = format!("from the peer: {}\n", text.lines().next().unwrap_or_default());
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(&[head, body].concat().into_bytes());
        }
    });
    Ok(address)
}
