//! A machine that has been started: reached on its ports, ended when dropped.

use crate::bridge::Bridge;
use crate::client::{Client, PATIENCE};
use crate::group::Group;
use crate::machines::{Machine, Start};
use crate::problem::{Context, Problem, Result};
use crate::repository::root;
use crate::resp::Raw;
use crate::setup::Tools;
use crate::windows;
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
            let running = Self::launch(machine, image, tools)?.answered();
            match running.and_then(|running| running.on_its_driver(machine)) {
                Ok(running) => return Ok(running),
                Err(problem) => last = Some(problem),
            }
        }
        Err(last.unwrap_or_else(|| Problem::new("never started")).while_doing(&format!("starting {}", machine.name)))
    }

    fn launch(machine: &Machine, image: &Path, tools: &Tools) -> Result<Self> {
        match &machine.start {
            Start::Tcp { driver, .. } => {
                let port = free_port()?;
                let mut server = Command::new(image);
                server.args(["--listen", &format!("127.0.0.1:{port}"), "--driver", driver]).stdin(Stdio::null());
                Self::spawn(&mut server, vec![port], true)
            }
            Start::Wine => {
                let wine = windows::find().ok_or_else(|| Problem::new("no wine").next("cargo ci setup"))?;
                let port = free_port()?;
                let mut server = wine.command(image);
                server.args(["--listen", &format!("127.0.0.1:{port}"), "--driver", "iocp"]).stdin(Stdio::null());
                Self::spawn(&mut server, vec![port], true)
            }
            Start::Stdio => {
                let host = tools.wasi.as_ref();
                let host = host.ok_or_else(|| Problem::new("no WASI host").next("cargo ci setup"))?;
                Self::spawn(host.command(image, &[]).stdin(Stdio::piped()), Vec::new(), false)
            }
            Start::Ethernet => {
                let port = free_port()?;
                let network = format!("-nic user,hostfwd=tcp:127.0.0.1:{port}-:6379");
                Self::spawn(board(image, &network).stdin(Stdio::null()), vec![port], true)
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

    /// Waits until it answers. What was sent to a board before it had set up its UART may be lost, in part too, so that
    /// what comes back before the answer says nothing.
    fn answered(mut self) -> Result<Self> {
        let until = Instant::now() + BOOT;
        loop {
            let answer = Raw::connect(self.ports[0], PATIENCE).and_then(|mut raw| {
                raw.command(&["ECHO", "booted"], PATIENCE)?;
                raw.skip_past(b"$6\r\nbooted\r\n", Duration::from_secs(2))
            });
            match answer {
                Ok(()) => return Ok(self),
                Err(_) if Instant::now() < until && self.group.ended().is_none() => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(problem) => return Err(self.with_log(problem)),
            }
        }
    }

    /// A server that fell back to another driver proves nothing about the one it was started for.
    fn on_its_driver(mut self, machine: &Machine) -> Result<Self> {
        let Start::Tcp { kernel_object, .. } = machine.start else { return Ok(self) };
        let folder = format!("/proc/{}/fd", self.group.child().id());
        let files = std::fs::read_dir(&folder).doing(format_args!("reading {folder}"))?;
        let mut objects = files.flatten().filter_map(|file| std::fs::read_link(file.path()).ok());
        if objects.any(|object| object.as_os_str() == kernel_object) {
            return Ok(self);
        }
        let problem = Problem::new(format!("the server holds no {kernel_object}"));
        Err(self.with_log(
            problem.next("see whether this kernel or container allows the driver: sysctl kernel.io_uring_disabled"),
        ))
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

/// A port that nobody listens on now.
pub fn free_port() -> Result<u16> {
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
