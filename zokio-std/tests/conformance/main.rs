//! One conformance suite for all I/O drivers of this platform: io_uring and epoll, each with the smallest queue and with
//! the default one.

#[path = "../harness/mod.rs"]
mod harness;
mod rig;
mod suite;

use rig::{Rig, Size, Subject};
use std::io;
use std::sync::Arc;
use zokio_std::driver::{Epoll, EpollDriver, UringDriver};

struct Uring;

impl Subject for Uring {
    type Driver = UringDriver;
    const NON_BLOCKING: bool = false;

    fn new(size: Size) -> io::Result<UringDriver> {
        UringDriver::new(size.queue_depth, size.operations, size.buffers, size.buffer_size)
    }
}

struct Readiness;

impl Subject for Readiness {
    type Driver = EpollDriver;
    const NON_BLOCKING: bool = true;

    fn new(size: Size) -> io::Result<EpollDriver> {
        Epoll::driver(size.operations, size.buffers, size.buffer_size)
    }
}

fn add<S: Subject>(tests: &mut Vec<harness::Test>, kind: &str) {
    let unavailable: Option<Arc<str>> = {
        let tiny = Size { queue_depth: 4, operations: 4, buffers: 4, buffer_size: 64 };
        S::new(tiny).err().map(|error| format!("no {kind} here: {error}").into())
    };
    let default = Size { queue_depth: 256, operations: 4096, buffers: 256, buffer_size: 4096 };
    for (label, size) in [("tiny", Size { queue_depth: 4, ..default }), ("default", default)] {
        for (name, case) in suite::cases::<S>() {
            let unavailable = unavailable.clone();
            tests.push(harness::test(format!("{kind}::{label}::{name}"), move || {
                if let Some(reason) = unavailable {
                    return Err(reason.to_string());
                }
                case(Rig::<S>::new(size));
                Ok(())
            }));
        }
    }
}

fn main() {
    let mut tests = Vec::new();
    add::<Uring>(&mut tests, "uring");
    add::<Readiness>(&mut tests, "epoll");
    harness::main(tests);
}
