//! Time on hosts that do not agree what a timeout is.

mod sim;

use sim::drive::{End, drive};
use sim::{File, MS, Manners, Sim};
use std::future::pending;
use zokio_core::driver::{Errno, Wait};
use zokio_core::time::Instant;
use zokio_wasi::p1::abi::{self, Event};
use zokio_wasi::p1::{Descriptor, Error, Reactor};

type Small = Reactor<Sim, 8>;

fn after(reactor: &Small, nanos: u64) -> Wait {
    Wait::Until(Instant::from_nanos(reactor.now().as_nanos() + nanos))
}

#[test]
fn nothing_to_wait_for_never_reaches_the_host() {
    for manners in Manners::ALL {
        let reactor = Small::new(Sim::new(manners));
        assert_eq!(reactor.park(Wait::Poll), Ok(()));
        assert_eq!(reactor.park(Wait::Until(Instant::ZERO)), Ok(()));
        assert_eq!(reactor.park(after(&reactor, 0)), Ok(()));
        assert_eq!(reactor.park(Wait::Forever), Err(Error::NothingArmed));
        assert_eq!(reactor.host().requests(), 0, "{manners:?}");
    }
}

#[test]
fn a_deadline_alone_is_one_relative_timeout() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime));
    reactor.park(after(&reactor, 5 * MS)).unwrap();
    let requests = reactor.host().requests.borrow();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].len(), 1);
    assert_eq!(requests[0][0].timeout, 5 * MS);
}

#[test]
fn no_timeout_is_an_absolute_time() {
    const YEAR: u64 = 365 * 24 * 3600 * 1000 * MS;
    for manners in Manners::ALL {
        let reactor = Small::new(Sim::new(manners).with(5, File::pipe()));
        // Long after the clock began, so that what is a time and not a distance is too long by years.
        reactor.host().now.set(YEAR);
        let waits = [(None, 7 * MS), (Some(Descriptor::adopt(&reactor, 5).unwrap()), 9 * MS)];
        for (pipe, nanos) in waits {
            // Two hosts cannot wait for a descriptor at all, and would be asked without end.
            if pipe.is_some() && [Manners::PyWasm, Manners::Browser].contains(&manners) {
                continue;
            }
            let start = reactor.now().as_nanos();
            let end = match &pipe {
                Some(pipe) => drive(&reactor, pipe.readable(), Some(nanos)),
                None => drive(&reactor, pending(), Some(nanos)),
            };
            assert_eq!(end, End::TimedOut, "{manners:?}");
            let took = reactor.now().as_nanos() - start;
            assert!((nanos..nanos + 2 * MS).contains(&took), "{manners:?}: {took} instead of {nanos}");
        }
        let requests = reactor.host().requests.borrow();
        let clocks: Vec<_> = requests.iter().flatten().filter(|s| s.kind == abi::CLOCK).collect();
        assert!(!clocks.is_empty());
        for clock in clocks {
            assert_eq!((clock.id, clock.flags), (abi::MONOTONIC, 0), "{manners:?}");
            assert!(clock.timeout <= 9 * MS, "{manners:?}: {}", clock.timeout);
        }
    }
}

#[test]
fn a_due_deadline_looks_at_descriptors_without_waiting() {
    for manners in Manners::ALL {
        let reactor = Small::new(Sim::new(manners).with(5, File::pipe()));
        let pipe = Descriptor::adopt(&reactor, 5).unwrap();
        let start = reactor.now();
        assert_eq!(drive(&reactor, pipe.readable(), Some(0)), End::TimedOut);
        let mut wait = std::pin::pin!(pipe.readable());
        let (_, waker) = sim::drive::counter();
        assert!(sim::drive::poll(wait.as_mut(), &waker).is_pending());
        reactor.park(Wait::Until(start)).unwrap();
        // Not an underflow, not an absolute time; a millisecond only where nothing would be looked at in less.
        let least = if manners == Manners::Node { MS } else { 0 };
        assert_eq!(reactor.host().requests.borrow()[0][0].timeout, least, "{manners:?}");
    }
}

#[test]
fn no_sleep_ends_early_on_any_host() {
    for manners in Manners::ALL {
        for nanos in [1, 499_999, 500_000, 999_999, MS, MS + 1, 1_500_000, 20 * MS, 123_456_789] {
            let reactor = Small::new(Sim::new(manners));
            let start = reactor.now().as_nanos();
            assert_eq!(drive(&reactor, pending::<()>(), Some(nanos)), End::TimedOut);
            let took = reactor.now().as_nanos() - start;
            assert!(took >= nanos && took < nanos + 2 * MS, "{manners:?}: {took} instead of {nanos}");
        }
    }
}

#[test]
fn a_host_that_truncates_to_milliseconds_is_early_once() {
    let reactor = Small::new(Sim::new(Manners::Node));
    for _ in 0..20 {
        assert_eq!(drive(&reactor, pending::<()>(), Some(1_500_000)), End::TimedOut);
    }
    assert_eq!(reactor.stats().early_returns, 1);
    // Two calls for the first sleep, one for each of the others.
    assert_eq!(reactor.host().requests(), 21);
    assert_eq!(reactor.stats().sweeps, 0);
}

#[test]
fn a_host_that_is_a_little_early_is_not_searched_for_offenders() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(5, File::pipe()));
    let pipe = Descriptor::adopt(&reactor, 5).unwrap();
    for _ in 0..10 {
        let sim = reactor.host();
        // Half a millisecond too early, as Node's own clock may be; then in time.
        sim.answer(|_, _| Ok(()));
        assert_eq!(drive(&reactor, pipe.readable(), Some(500_000)), End::TimedOut);
    }
    assert_eq!((reactor.stats().early_returns, reactor.stats().sweeps), (10, 0));
}

#[test]
fn a_host_that_is_early_again_is_searched() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(5, File::pipe()));
    let pipe = Descriptor::adopt(&reactor, 5).unwrap();
    for _ in 0..2 {
        reactor.host().answer(|_, _| Ok(()));
    }
    assert_eq!(drive(&reactor, pipe.readable(), Some(500_000)), End::TimedOut);
    assert_eq!((reactor.stats().early_returns, reactor.stats().sweeps), (2, 1));
}

#[test]
fn a_host_that_keeps_time_gets_no_rounded_timeouts() {
    for manners in [Manners::Wasmtime, Manners::Legacy] {
        let reactor = Small::new(Sim::new(manners));
        for _ in 0..20 {
            assert_eq!(drive(&reactor, pending::<()>(), Some(1_500_000)), End::TimedOut);
        }
        assert_eq!(reactor.stats().early_returns, 0);
        assert_eq!(reactor.host().requests(), 20);
    }
}

#[test]
fn the_farthest_deadline_fits_a_signed_integer() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime));
    reactor.host().answer(|_, _| Ok(()));
    reactor.park(Wait::Until(Instant::MAX)).unwrap();
    // The simulated host checks that it is not too much.
    assert_eq!(reactor.host().requests.borrow()[0][0].timeout, i64::MAX as u64 - 1_000 * MS);
}

#[test]
fn a_clock_event_is_only_a_hint() {
    // A host that says "time is up" at once, and one that says nothing when it is.
    let reactor = Small::new(Sim::new(Manners::Wasmtime));
    reactor.host().answer(|subs, events| {
        events[0] = Event { userdata: subs[0].userdata, kind: abi::CLOCK, ..Event::UNWRITTEN };
        Ok(())
    });
    reactor.host().answer(|_, _| Ok(()));
    let start = reactor.now().as_nanos();
    assert_eq!(drive(&reactor, pending::<()>(), Some(30 * MS)), End::TimedOut);
    assert!(reactor.now().as_nanos() - start >= 30 * MS);
    assert_eq!(reactor.stats().early_returns, 2);
}

#[test]
fn time_never_goes_backwards() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime));
    let before = reactor.now();
    reactor.host().now.set(3);
    assert_eq!(reactor.now(), before);
    reactor.host().now.set(before.as_nanos() + 1);
    assert!(reactor.now() > before);
}

#[test]
fn a_host_without_a_clock_is_an_error() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime));
    let before = reactor.now();
    reactor.host().clock_error.set(Some(Errno(28)));
    assert_eq!(reactor.now(), before);
    let error = reactor.park(Wait::Until(Instant::MAX)).unwrap_err();
    assert_eq!(error, Error::Host { call: "clock_time_get", errno: abi::INVAL });
    assert_eq!(error.to_string(), "clock_time_get failed: EINVAL (28)");
}
