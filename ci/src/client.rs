//! The stock client: `redis-cli`, one process per command, as a person would type it.

use crate::group::Group;
use crate::problem::{Problem, Result};
use crate::resp::{Raw, Reply};
use crate::steps::{self, command};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// The bound of every single wait: plenty for a slow machine, short enough to find out what hangs.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// After so much silence on a line the server forgets a command that is incomplete (`kv::Options::SERIAL`).
const MID_COMMAND: Duration = Duration::from_millis(250);

/// How to reach one machine, and how many commands it was sent.
pub struct Client {
    ports: Vec<u16>,
    sees_close: bool,
    commands: u64,
}

impl Client {
    /// A client for a machine with links on `ports`. `sees_close`: the machine sees a client go and can close a
    /// connection itself, and one port takes many clients; otherwise each port is a line with one client at a time.
    pub fn new(ports: Vec<u16>, sees_close: bool) -> Self {
        Self { ports, sees_close, commands: 0 }
    }

    /// The link that the session mostly uses.
    pub fn port(&self) -> u16 {
        self.ports[0]
    }

    /// A second link, for a subscriber beside a publisher, if the machine has one.
    pub fn second_port(&self) -> Option<u16> {
        if self.sees_close { self.ports.first().copied() } else { self.ports.get(1).copied() }
    }

    /// Whether the machine sees clients go.
    pub fn sees_close(&self) -> bool {
        self.sees_close
    }

    /// Commands sent so far.
    pub fn commands(&self) -> u64 {
        self.commands
    }

    /// Counts commands that were sent raw.
    pub fn count(&mut self, commands: u64) {
        self.commands += commands;
    }

    /// What `redis-cli ARGS` prints, with types: `"value"`, `(integer) 1`, `(nil)`, `(error) ERR ...`.
    pub fn cli(&mut self, args: &[&str]) -> Result<String> {
        self.commands += 1;
        let mut cli = redis_cli(self.port(), args);
        let output = steps::quiet(&mut cli, PATIENCE)?;
        if !output.ok() {
            let what = format!("redis-cli {}: {} {}", args.join(" "), output.ending(), output.all.trim());
            return Err(Problem::new(what));
        }
        Ok(output.stdout.trim_end().to_owned())
    }

    /// Runs one command and compares what it prints.
    pub fn expect(&mut self, args: &[&str], wanted: &str) -> Result<()> {
        let got = self.cli(args)?;
        if got == wanted {
            return Ok(());
        }
        Err(Problem::new(format!("redis-cli {}: wanted {wanted:?}, got {got:?}", args.join(" "))))
    }

    /// Runs one command that answers with an integer.
    pub fn integer(&mut self, args: &[&str]) -> Result<i64> {
        let got = self.cli(args)?;
        let number = got.strip_prefix("(integer) ").and_then(|number| number.parse().ok());
        number.ok_or_else(|| Problem::new(format!("redis-cli {}: wanted an integer, got {got:?}", args.join(" "))))
    }

    /// Runs one command that must be refused with an error that starts with `code`.
    pub fn refused(&mut self, args: &[&str], code: &str) -> Result<()> {
        let got = self.cli(args)?;
        if got.starts_with(&format!("(error) {code}")) {
            return Ok(());
        }
        Err(Problem::new(format!("redis-cli {}: wanted an error {code}, got {got:?}", args.join(" "))))
    }

    /// A raw connection on the first link.
    pub fn raw(&mut self) -> Result<Raw> {
        Raw::connect(self.port(), PATIENCE)
    }

    /// Proves that a later command is answered: a new connection sends ECHO and gets its own word back. On a line, what
    /// is left of replies to the client before comes first, possibly from the middle of one; it is read over.
    pub fn still_serves(&mut self) -> Result<()> {
        self.commands += 1;
        let word = format!("still-there-{}", self.commands);
        let mut raw = self.raw()?;
        if !raw.command(&["ECHO", &word], PATIENCE)? {
            return Err(Problem::new("a new connection is closed at once"));
        }
        let answered = if self.sees_close {
            raw.reply(PATIENCE).and_then(|reply| match reply {
                Reply::Bulk(Some(bytes)) if bytes == word.as_bytes() => Ok(()),
                other => Err(Problem::new(format!("ECHO was answered with {other:?}"))),
            })
        } else {
            raw.skip_past(format!("${}\r\n{word}\r\n", word.len()).as_bytes(), PATIENCE)
        };
        answered.map_err(|problem| problem.while_doing("a command sent afterwards"))
    }

    /// On a line that does not see its client go: proves that a later command is answered on the same connection, which
    /// also says that all that was sent has arrived. (Bytes that QEMU has not fetched when a connection closes are lost, and
    /// the next client would find the rest of a word.)
    pub fn settle(&mut self, raw: &mut Raw) -> Result<()> {
        if self.sees_close {
            return Ok(());
        }
        self.commands += 1;
        let word = format!("settled-{}", self.commands);
        raw.command(&["ECHO", &word], PATIENCE)?;
        raw.skip_past(format!("${}\r\n{word}\r\n", word.len()).as_bytes(), PATIENCE)
            .map_err(|problem| problem.while_doing("a command behind it"))
    }

    /// The next client comes after a cut. Where the machine does not see clients go, silence tells it that nothing more
    /// of a command will come; the pause is `patience` times what the server documents.
    pub fn next_client(&self, patience: u32) {
        if !self.sees_close {
            std::thread::sleep(MID_COMMAND * patience);
        }
    }

    /// Starts `redis-cli SUBSCRIBE channel` on `port` and waits until the server has confirmed it.
    pub fn subscribe(&mut self, port: u16, channel: &str) -> Result<Subscriber> {
        self.commands += 1;
        let mut cli = redis_cli(port, &["SUBSCRIBE", channel]);
        let mut group = Group::start(cli.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()))?;
        let (send, lines) = std::sync::mpsc::channel();
        if let Some(stdout) = group.child().stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(|line| line.ok()) {
                    if send.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let mut subscriber = Subscriber { lines, _group: group };
        subscriber.wait_for(&["subscribe", channel], PATIENCE)?;
        Ok(subscriber)
    }

    /// Ends a subscription on a line that does not see its subscriber go.
    pub fn unsubscribe(&mut self, port: u16) -> Result<()> {
        if self.sees_close {
            return Ok(());
        }
        self.commands += 1;
        let output = steps::quiet(&mut redis_cli(port, &["UNSUBSCRIBE"]), PATIENCE)?;
        if output.ok() && output.stdout.contains("\"unsubscribe\"") {
            return Ok(());
        }
        Err(Problem::new(format!("redis-cli UNSUBSCRIBE: {} {}", output.ending(), output.all.trim())))
    }
}

/// A `redis-cli` that prints what is published; ended when this is dropped.
pub struct Subscriber {
    lines: Receiver<String>,
    _group: Group,
}

impl Subscriber {
    /// Waits for these strings in this order, one per line, with anything between them.
    pub fn wait_for(&mut self, wanted: &[&str], limit: Duration) -> Result<()> {
        let until = Instant::now() + limit;
        let mut seen = Vec::new();
        for word in wanted {
            loop {
                let line = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())).map_err(|_| {
                    Problem::new(format!("the subscriber waited {limit:?} for {wanted:?}; it saw {seen:?}"))
                })?;
                seen.push(line.clone());
                if line.ends_with(&format!("\"{word}\"")) {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn redis_cli(port: u16, args: &[&str]) -> Command {
    let port = port.to_string();
    command("redis-cli", ["-h", "127.0.0.1", "-p", &port, "--no-raw"].iter().chain(args))
}
