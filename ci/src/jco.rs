//! A host that serves HTTP by a component: jco, a package of npm.

use crate::group::Group;
use crate::image::Image;
use crate::problem::{Context, Problem, Result};
use crate::progress::{Mark, Step};
use crate::repository::target_folder;
use crate::results::Count;
use crate::running::free_port;
use crate::setup;
use crate::steps::{self, command, on_path};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PACKAGES: &[&str] = &["@bytecodealliance/jco@1", "@bytecodealliance/preview2-shim@0.17"];
/// The handler.
const HANDLER: Image = Image::targets("http-wasi", "http_wasi", "wasm32-wasip2").library();
/// From the start to the first answer: it compiles the component first.
const BOOT: Duration = Duration::from_secs(90);
const ANSWER: Duration = Duration::from_secs(30);

/// Where it is, if it is here.
pub fn folder() -> PathBuf {
    target_folder().join("tools/jco")
}

/// The program, if it is here.
pub fn find() -> Option<PathBuf> {
    let program = folder().join("node_modules/.bin/jco");
    (program.exists() && crate::component_host::has_target()).then_some(program)
}

/// Fetches it; seconds on a fresh machine.
pub fn fetch(step: &Step) -> Result<()> {
    if find().is_some() {
        return Ok(());
    }
    if on_path("npm").is_none() {
        return Err(Problem::new("no npm here"));
    }
    let folder = folder();
    std::fs::create_dir_all(&folder).doing(format_args!("making {}", folder.display()))?;
    let mut npm = command("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix"]);
    npm.arg(&folder).args(PACKAGES);
    setup::fetch(step, &mut npm)
}

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

/// The handler under the host, asked by curl. Counts the checks.
pub fn run() -> Count {
    let Some(program) = find() else {
        println!("left out: the HTTP handler as a component, because jco or its target is not here: cargo ci setup");
        return Count::default();
    };
    let handler = HANDLER.build();
    let step = Step::start("an HTTP handler as a component, in jco");
    let mut count = Count::default();
    let mut problems = Vec::new();
    match handler.and_then(|handler| serve(&program, &handler)) {
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
fn serve(program: &Path, handler: &Path) -> Result<(Group, String)> {
    let address = format!("127.0.0.1:{}", free_port()?);
    let mut host = Command::new(program);
    let port = address.rsplit(':').next().unwrap_or_default();
    host.arg("serve").arg(handler).args(["--host", "127.0.0.1", "--port", port]);
    let mut host = Group::start(host.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
    let until = Instant::now() + BOOT;
    while ask(&address, "", &["hello"], "hello").is_err() {
        if let Some(status) = host.ended() {
            return Err(Problem::new(format!("jco ended: {status}")));
        }
        if Instant::now() > until {
            return Err(Problem::new("jco does not answer"));
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
