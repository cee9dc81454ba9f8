//! The runtime on every driver of this platform, each with the smallest queue and with the default one.

mod buffered;
mod datagrams;
mod dropped;
mod elsewhere;
mod ends;
mod files;
#[path = "../harness/mod.rs"]
mod harness;
mod io;
mod kept_from_work;
mod large;
mod life;
#[cfg(windows)]
mod messages;
mod net;
#[cfg(unix)]
mod net_unix;
mod panics;
mod peers;
#[cfg(windows)]
mod pipes;
mod pressure;
mod programs;
#[cfg(unix)]
mod safety;
mod sends;
mod stores;
#[cfg_attr(unix, path = "../conformance/system/unix.rs")]
#[cfg_attr(windows, path = "../conformance/system/windows.rs")]
#[allow(dead_code, reason = "the conformance suite needs the rest")]
mod system;
mod tasks;
mod timing;
mod together;
mod workers;

pub use system::descriptors;
use zokio_std::driver::DriverKind;
use zokio_std::{Builder, Runtime};

/// With libkqueue, which stands in for another system, only what is different.
#[cfg(has_kqueue)]
const KINDS: &[DriverKind] = &[DriverKind::Kqueue];
#[cfg(all(has_epoll, not(has_kqueue)))]
const KINDS: &[DriverKind] = &[DriverKind::Uring, DriverKind::Epoll];
#[cfg(has_iocp)]
const KINDS: &[DriverKind] = &[DriverKind::Iocp];

/// A runtime to be built: the driver and the queue are chosen, the test may add to it.
pub type Case = (&'static str, fn(Builder));

fn main() {
    programs::play();
    let mut tests = Vec::new();
    for &kind in KINDS {
        let unavailable = Runtime::builder().driver(kind).build().err().map(|error| format!("no {kind} here: {error}"));
        for (label, depth) in [("tiny", 4), ("default", 256)] {
            let mut cases = [
                buffered::CASES,
                datagrams::CASES,
                dropped::CASES,
                elsewhere::CASES,
                ends::CASES,
                files::CASES,
                io::CASES,
                kept_from_work::CASES,
                large::CASES,
                life::CASES,
                net::CASES,
                panics::CASES,
                sends::CASES,
                pressure::CASES,
                programs::CASES,
                stores::CASES,
                tasks::CASES,
                timing::CASES,
                together::CASES,
                workers::CASES,
            ]
            .concat();
            // What there is on one kind of system only, or so far.
            #[cfg(unix)]
            cases.extend_from_slice(&[net_unix::CASES, safety::CASES].concat());
            #[cfg(windows)]
            cases.extend_from_slice(&[messages::CASES, pipes::CASES].concat());
            cases.sort_by_key(|(name, _)| *name);
            for (name, case) in cases {
                let unavailable = unavailable.clone().or_else(|| beyond(name).map(str::to_owned));
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

/// Why a case cannot pass on what stands in for another system: libkqueue for a kernel with kqueue, wine for Windows.
fn beyond(case: &str) -> Option<&'static str> {
    if cfg!(windows) && std::env::var_os("WINEPREFIX").is_some() {
        return match case {
            "reset_is_an_error" => Some("wine tells a reset that nobody waited for as the end of the stream"),
            "the_first_instance_of_a_pipe_is_told_from_others" => Some("wine 8 makes every instance of a pipe alike"),
            "symbolic_links" => Some("wine 8 makes no symbolic links"),
            "udp_errors_are_told_once" => Some("wine tells nobody who waits for datagrams that nobody was there"),
            "tcp_socket_options" => Some("wine has no option for how a connection is kept alive"),
            _ => None,
        };
    }
    None
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
