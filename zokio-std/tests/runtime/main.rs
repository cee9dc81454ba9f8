//! The runtime on every driver of this platform, each with the smallest queue and with the default one.

mod buffered;
mod dropped;
mod elsewhere;
mod ends;
mod files;
#[path = "../harness/mod.rs"]
mod harness;
mod io;
mod life;
mod net;
mod panics;
mod peers;
mod pressure;
mod programs;
mod safety;
mod tasks;
mod timing;
mod together;
mod workers;

use zokio_std::driver::DriverKind;
use zokio_std::{Builder, Runtime};

/// With libkqueue, which stands in for another system, only what is different.
#[cfg(has_kqueue)]
const KINDS: &[DriverKind] = &[DriverKind::Kqueue];
#[cfg(not(has_kqueue))]
const KINDS: &[DriverKind] = &[DriverKind::Uring, DriverKind::Epoll];

/// A runtime to be built: the driver and the queue are chosen, the test may add to it.
pub type Case = (&'static str, fn(Builder));

fn main() {
    let mut tests = Vec::new();
    for &kind in KINDS {
        let unavailable = Runtime::builder().driver(kind).build().err().map(|error| format!("no {kind} here: {error}"));
        for (label, depth) in [("tiny", 4), ("default", 256)] {
            let cases = [
                buffered::CASES,
                dropped::CASES,
                elsewhere::CASES,
                ends::CASES,
                files::CASES,
                io::CASES,
                life::CASES,
                net::CASES,
                panics::CASES,
                pressure::CASES,
                programs::CASES,
                safety::CASES,
                tasks::CASES,
                timing::CASES,
                together::CASES,
                workers::CASES,
            ]
            .concat();
            for (name, case) in cases {
                let unavailable = unavailable.clone().or_else(|| beyond_libkqueue(name).map(str::to_owned));
                tests.push(harness::test(format!("{kind}::{label}::{name}"), move || {
                    if let Some(reason) = unavailable {
                        return Err(reason);
                    }
                    case(Runtime::builder().driver(kind).queue_depth(depth));
                    Ok(())
                }));
            }
        }
    }
    harness::main(tests);
}

/// Why a case cannot pass on libkqueue, which stands in for the kernel of another system.
fn beyond_libkqueue(case: &str) -> Option<&'static str> {
    let program = programs::CASES.iter().any(|(name, _)| *name == case);
    (cfg!(zokio_libkqueue) && program).then_some("libkqueue watches no process")
}

/// Polls `future` once.
pub async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| match std::pin::Pin::new(&mut *future).poll(cx) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
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

/// How many descriptors the process has open.
pub fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}
