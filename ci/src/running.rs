//! A machine that has been started: reached on its ports, ended when dropped.

use crate::bridge::Bridge;
use crate::client::{Client, PATIENCE};
use crate::group::Group;
use crate::machines::{Machine, Start};
use crate::problem::{Context, Problem, Result};
use crate::repository::root;
use crate::resp::{Raw, Reply};
use crate::setup::Tools;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// From the start to the first answer: QEMU and Python both load for a while on a busy machine.
const BOOT: Duration = Duration::from_secs(60);

/// A port that is free may be taken by somebody else before the machine has it.
const TRIES: usize = 3;

/// How much of what a machine prints is kept for the error message.
const LOG: usize = 64 * 1024;

/// A machine under way.
pub struct Running {
    ports: Vec<u16>,
    sees_close: bool,
    log: Arc<Mutex<String>>,
    // Ended in this order: the bridge's threads end with the program's pipes.
    group: Group,
    _bridge: Option<Bridge>,
}

impl Running {
    /// Starts `machine` with the built `image` and waits until it answers PING.
    pub fn start(machine: &Machine, image: &Path, tools: &Tools) -> Result<Self> {
        let mut last = None;
        for _ in 0..TRIES {
            match Self::launch(machine, image, tools)?.answered() {
                Ok(running) => return Ok(running),
                Err(problem) => last = Some(problem),
            }
        }
        Err(last.unwrap_or_else(|| Problem::new("never started")).while_doing(&format!("starting {}", machine.name)))
    }

    fn launch(machine: &Machine, image: &Path, tools: &Tools) -> Result<Self> {
        match &machine.start {
            Start::Tcp(args) => {
                let port = free_port()?;
                let address = format!("127.0.0.1:{port}");
                let mut server = Command::new(image);
                server.args(["--listen", &address]).args(*args);
                Self::spawn(&mut server, vec![port], true)
            }
            Start::Stdio => {
                let host = tools.wasi.as_ref();
                let host = host.ok_or_else(|| Problem::new("no WASI host").next("cargo ci setup"))?;
                Self::spawn(host.command(image, &[]).stdin(Stdio::piped()), Vec::new(), false)
            }
            Start::Board { links } => {
                let ports = (0..*links).map(|_| free_port()).collect::<Result<Vec<_>>>()?;
                let sockets =
                    ports.iter().map(|port| format!("-serial tcp:127.0.0.1:{port},server=on,wait=off,nodelay=on "));
                Self::spawn(board(image, &sockets.collect::<String>()).stdin(Stdio::null()), ports, false)
            }
        }
    }

    fn spawn(program: &mut Command, ports: Vec<u16>, sees_close: bool) -> Result<Self> {
        let mut group = Group::start(program.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
        let log = Arc::new(Mutex::new(String::new()));
        let child = group.child();
        if let Some(stderr) = child.stderr.take() {
            keep(stderr, Arc::clone(&log));
        }
        let (mut ports, mut bridge) = (ports, None);
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => {
                let open = Bridge::open(input, output)?;
                ports.push(open.port());
                bridge = Some(open);
            }
            (_, Some(output)) => keep(output, Arc::clone(&log)),
            _ => {}
        }
        Ok(Self { ports, sees_close, log, group, _bridge: bridge })
    }

    fn answered(mut self) -> Result<Self> {
        let until = Instant::now() + BOOT;
        loop {
            let answer = Raw::connect(self.ports[0], PATIENCE).and_then(|mut raw| {
                raw.command(&["PING"], PATIENCE)?;
                raw.reply(BOOT)
            });
            match answer {
                Ok(Reply::Simple(pong)) if pong == "PONG" => return Ok(self),
                Ok(Reply::Closed) | Err(_) if Instant::now() < until && self.group.ended().is_none() => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Ok(other) => return Err(self.with_log(Problem::new(format!("PING was answered with {other:?}")))),
                Err(problem) => return Err(self.with_log(problem)),
            }
        }
    }

    /// A client for it.
    pub fn client(&self) -> Client {
        Client::new(self.ports.clone(), self.sees_close)
    }

    /// The problem, with how the machine ended if it has, and what it has printed.
    pub fn with_log(&mut self, problem: Problem) -> Problem {
        let ending = self.group.ended().map_or(String::new(), |status| format!("\n       the machine ended: {status}"));
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let printed = log.lines().map(|line| format!("\n       | {line}")).collect::<String>();
        if ending.is_empty() && printed.is_empty() { problem } else { problem.with(&format!("{ending}{printed}")) }
    }
}

/// The command that runs a firmware image in QEMU, on the board that it was linked for, with more options for QEMU.
pub fn board(image: &Path, options: &str) -> Command {
    let mut runner = Command::new(root().join("targets/qemu-run"));
    runner.arg(image).env("ZOKIO_QEMU_ARGS", options);
    runner
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).doing("looking for a free port")?;
    Ok(listener.local_addr().doing("looking for a free port")?.port())
}

fn keep(stream: impl Read + Send + 'static, log: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(|line| line.ok()) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            if log.len() < LOG {
                log.push_str(&line);
                log.push('\n');
            }
        }
    });
}
