//! One conformance suite for all I/O drivers of this platform: io_uring and epoll, or kqueue, or a
//! completion port; each with the smallest queue and
//! with the default one.

#[path = "../../../zokio-core/tests/conformance/mod.rs"]
mod every;
#[path = "../harness/mod.rs"]
mod harness;
mod rig;
mod suite;
#[cfg_attr(unix, path = "system/unix.rs")]
#[cfg_attr(windows, path = "system/windows.rs")]
mod system;

use rig::{Rig, Size, Subject};
use std::io;
use std::sync::Arc;
#[cfg(has_iocp)]
use zokio_std::driver::IocpDriver;
#[cfg(all(has_epoll, not(has_kqueue)))]
use zokio_std::driver::{Epoll, EpollDriver, UringDriver};
#[cfg(has_kqueue)]
use zokio_std::driver::{Kqueue, KqueueDriver};

#[cfg(all(has_epoll, not(has_kqueue)))]
struct Uring;

#[cfg(all(has_epoll, not(has_kqueue)))]
impl Subject for Uring {
    type Driver = UringDriver;
    const NON_BLOCKING: bool = false;

    fn new(size: Size) -> io::Result<UringDriver> {
        UringDriver::new(size.queue_depth, size.operations, size.buffers, size.buffer_size)
    }
}

#[cfg(all(has_epoll, not(has_kqueue)))]
struct Readiness;

#[cfg(all(has_epoll, not(has_kqueue)))]
impl Subject for Readiness {
    type Driver = EpollDriver;
    const NON_BLOCKING: bool = true;

    fn new(size: Size) -> io::Result<EpollDriver> {
        Epoll::driver(size.operations, size.buffers, size.buffer_size)
    }
}

#[cfg(has_kqueue)]
struct Queue;

#[cfg(has_kqueue)]
impl Subject for Queue {
    type Driver = KqueueDriver;
    const NON_BLOCKING: bool = true;

    fn new(size: Size) -> io::Result<KqueueDriver> {
        Kqueue::driver(size.operations, size.buffers, size.buffer_size)
    }
}

#[cfg(has_iocp)]
struct Port;

#[cfg(has_iocp)]
impl Subject for Port {
    type Driver = IocpDriver;
    const NON_BLOCKING: bool = true;

    fn new(size: Size) -> io::Result<IocpDriver> {
        IocpDriver::new(size.operations, size.buffers, size.buffer_size)
    }
}

/// Why a case cannot pass on what stands in for another system: libkqueue for a kernel with kqueue, wine for Windows.
fn beyond(case: &str) -> Option<&'static str> {
    if cfg!(has_iocp) && case == "connection_reset_before_it_is_read" && std::env::var_os("WINEPREFIX").is_some() {
        return Some("wine tells a reset that nobody waited for as the end of the stream");
    }
    None
}

fn add<S: Subject>(tests: &mut Vec<harness::Test>, kind: &str) {
    let unavailable: Option<Arc<str>> = {
        let tiny = Size { queue_depth: 4, operations: 4, buffers: 4, buffer_size: 64 };
        S::new(tiny).err().map(|error| format!("no {kind} here: {error}").into())
    };
    let default = Size { queue_depth: 256, operations: 4096, buffers: 256, buffer_size: 4096 };
    for (label, size) in [("tiny", Size { queue_depth: 4, ..default }), ("default", default)] {
        for (name, case) in suite::cases::<S>() {
            let unavailable = unavailable.clone().or_else(|| beyond(name).map(Into::into));
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
    // With libkqueue, which stands in for another system, only what is different.
    #[cfg(all(has_epoll, not(has_kqueue)))]
    {
        add::<Uring>(&mut tests, "uring");
        add::<Readiness>(&mut tests, "epoll");
    }
    #[cfg(has_kqueue)]
    add::<Queue>(&mut tests, "kqueue");
    #[cfg(has_iocp)]
    add::<Port>(&mut tests, "iocp");
    harness::main(tests);
}
