//! Load and faults: crowds of connections, storms of them, peers that are silent, slow or gone, descriptors that run out, and
//! cancels at random. Every byte is accounted for.
//!
//! In `cargo test` a tenth of it or less; with `ZOKIO_LOAD=full`, as `cargo ci verify load` runs it, all.

mod calls;
mod cancels;
mod clients;
mod crowd;
mod faults;
#[path = "../harness/mod.rs"]
mod harness;
mod idle;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::time::Duration;
use zokio_std::driver::DriverKind;
use zokio_std::{Builder, Runtime};

/// How much of everything.
#[derive(Clone, Copy)]
pub struct Scale {
    /// Connections at once.
    pub connections: usize,
    /// Connections one after the other.
    pub storm: usize,
    /// How long what is random goes on.
    pub time: Duration,
}

/// A runtime to be built, and how much of everything.
pub type Case = (&'static str, fn(Builder, Scale));

/// This process and the clients', which are processes of their own, each have this many descriptors beside the connections.
const OTHER_DESCRIPTORS: usize = 100;

/// As many connections as there are descriptors for, if that is fewer than `wanted`.
fn bounded(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let most = limit.maximum.map_or(wanted, |most| usize::try_from(most).unwrap_or(wanted));
    let bounded = wanted.min(most.saturating_sub(OTHER_DESCRIPTORS));
    if bounded < wanted {
        println!("{bounded} connections instead of {wanted}: there are descriptors for no more");
    }
    bounded
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match &words[..] {
        [role, rest @ ..] if role == clients::ROLE => return clients::main(rest),
        [role, rest @ ..] if role == idle::ROLE => return idle::main(rest),
        [role, rest @ ..] if role == calls::ROLE => return calls::main(rest),
        _ => {}
    }
    let full = std::env::var("ZOKIO_LOAD").is_ok_and(|load| load == "full");
    let scale = match full {
        true => Scale { connections: bounded(10_000), storm: 20_000, time: Duration::from_secs(60) },
        false => Scale { connections: bounded(800), storm: 600, time: Duration::from_millis(600) },
    };
    let mut tests = Vec::new();
    for kind in [DriverKind::Uring, DriverKind::Epoll] {
        let unavailable = Runtime::builder().driver(kind).build().err().map(|error| format!("no {kind} here: {error}"));
        for (name, case) in [calls::CASES, cancels::CASES, crowd::CASES, faults::CASES, idle::CASES].concat() {
            let unavailable = unavailable.clone();
            tests.push(harness::test(format!("{kind}::{name}"), move || {
                if let Some(reason) = unavailable {
                    return Err(reason);
                }
                case(Runtime::builder().driver(kind), scale);
                Ok(())
            }));
        }
    }
    harness::main(tests);
}

/// How many descriptors the process has open.
pub fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// A generator of numbers that are the same in every run.
pub struct Random(pub u64);

impl Random {
    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % bound
    }
}
