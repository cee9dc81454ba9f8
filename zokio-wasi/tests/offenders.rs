//! Bad descriptors, on hosts that say that one of many is bad, but not which.

mod sim;

use sim::drive::{End, counter, drive, poll};
use sim::{File, MS, Manners, Sim};
use std::pin::pin;
use std::task::Poll;
use zokio_core::driver::{Errno, Wait};
use zokio_wasi::p1::abi::{self, Event};
use zokio_wasi::p1::{Descriptor, Error, Reactor};

type Small = Reactor<Sim, 8>;

/// When everything starts.
const T: u64 = 1_000 * MS;

fn polling(fd: u32, errno: Errno) -> Error {
    Error::Descriptor { call: "poll_oneoff", fd, errno }
}

/// The three that can wait for descriptors at all.
const CAPABLE: [Manners; 3] = [Manners::Wasmtime, Manners::Legacy, Manners::Node];

#[test]
fn a_descriptor_that_is_not_open_never_gets_near_the_host() {
    for manners in Manners::ALL {
        let reactor = Small::new(Sim::new(manners));
        let error = Descriptor::adopt(&reactor, 77).err().unwrap();
        assert_eq!(error, Error::Descriptor { call: "fd_fdstat_get", fd: 77, errno: abi::BADF });
        assert_eq!(error.to_string(), "fd_fdstat_get failed for descriptor 77: EBADF (8)");
        assert_eq!(reactor.host().requests(), 0);
    }
}

#[test]
fn a_descriptor_closed_behind_the_back_fails_alone() {
    for manners in CAPABLE {
        // On Node the closed one must be the last: it crashes otherwise, and nobody can help that.
        let sim = Sim::new(manners).with(5, File::pipe().arriving(T + 30 * MS, b"good")).with(6, File::pipe());
        let reactor = Small::new(sim);
        let good = Descriptor::adopt(&reactor, 5).unwrap();
        let bad = Descriptor::adopt(&reactor, 6).unwrap();
        let (count, waker) = counter();
        let mut healthy = pin!(good.readable());
        assert!(poll(healthy.as_mut(), &waker).is_pending());
        let broken = async {
            let mut wait = pin!(bad.readable());
            let mut first = true;
            std::future::poll_fn(|cx| {
                let result = wait.as_mut().poll(cx);
                if std::mem::take(&mut first) {
                    reactor.host().vanish(6);
                }
                result
            })
            .await
        };
        assert_eq!(drive(&reactor, broken, Some(20 * MS)), End::Done(Err(polling(6, abi::BADF))), "{manners:?}");
        assert!(reactor.now().as_nanos() < T + 20 * MS);
        assert_eq!((count.get(), reactor.armed(), reactor.stats().sweeps), (0, 1, 1));
        reactor.park(Wait::Forever).unwrap();
        assert_eq!(poll(healthy, &waker), Poll::Ready(Ok(())));
    }
}

#[test]
fn an_error_of_one_event_fails_one_wait() {
    let sim = Sim::new(Manners::Wasmtime).with(5, File::pipe()).with(6, File::pipe().arriving(T, b"x"));
    let reactor = Small::new(sim);
    let (one, two) = (Descriptor::adopt(&reactor, 5).unwrap(), Descriptor::adopt(&reactor, 6).unwrap());
    let (_, waker) = counter();
    let (mut first, mut second) = (pin!(one.readable()), pin!(two.readable()));
    assert!(poll(first.as_mut(), &waker).is_pending());
    assert!(poll(second.as_mut(), &waker).is_pending());
    reactor.host().answer(|subs, events| {
        for (event, s) in events.iter_mut().zip(subs) {
            let error = if s.id == 5 { abi::IO.0 } else { 0 };
            *event = Event { userdata: s.userdata, error, kind: s.kind, ..Event::UNWRITTEN };
        }
        Ok(())
    });
    reactor.park(Wait::Forever).unwrap();
    assert_eq!(poll(first, &waker), Poll::Ready(Err(polling(5, abi::IO))));
    assert_eq!(poll(second, &waker), Poll::Ready(Ok(())));
    assert_eq!(reactor.stats().sweeps, 0);
}

#[test]
fn a_failure_without_an_offender_is_reported_and_survived() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(5, File::pipe().arriving(T + MS, b"x")));
    let pipe = Descriptor::adopt(&reactor, 5).unwrap();
    let (count, waker) = counter();
    let mut wait = pin!(pipe.readable());
    assert!(poll(wait.as_mut(), &waker).is_pending());
    let broken = |subs: &[abi::Subscription]| if subs.len() == 1 { Err(abi::IO) } else { Ok(()) };
    for expected in [Ok(()), Ok(()), Err(Error::Host { call: "poll_oneoff", errno: abi::IO })] {
        // The wait fails, the sweep's question about the one descriptor does not.
        reactor.host().answer(move |subs, _| broken(subs));
        reactor.host().answer(move |subs, _| broken(subs));
        assert_eq!(reactor.park(Wait::Forever), expected);
    }
    assert_eq!((reactor.armed(), count.get(), reactor.stats().sweeps), (1, 0, 3));
    // One that works in between makes patience new.
    for _ in 0..3 {
        reactor.host().answer(move |subs, _| broken(subs));
        reactor.host().answer(move |subs, _| broken(subs));
        reactor.park(Wait::Forever).unwrap();
        reactor.host().answer(|_, _| Ok(()));
        reactor.park(Wait::Poll).unwrap();
    }
    reactor.park(Wait::Forever).unwrap();
    assert_eq!(poll(wait, &waker), Poll::Ready(Ok(())));
}

#[test]
fn an_offender_may_be_named_by_its_event_only() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(5, File::pipe()));
    let pipe = Descriptor::adopt(&reactor, 5).unwrap();
    reactor.host().answer(|_, _| Err(abi::INVAL));
    reactor.host().answer(|subs, events| {
        events[0] = Event { userdata: subs[1].userdata, error: abi::IO.0, kind: abi::FD_READ, ..Event::UNWRITTEN };
        Ok(())
    });
    assert_eq!(drive(&reactor, pipe.readable(), None), End::Done(Err(polling(5, abi::IO))));
}

#[test]
fn an_interrupted_wait_is_waited_again() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(5, File::pipe().arriving(T + MS, b"x")));
    let pipe = Descriptor::adopt(&reactor, 5).unwrap();
    reactor.host().answer(|_, _| Err(abi::INTR));
    reactor.host().answer(|_, _| Err(abi::INTR));
    assert_eq!(drive(&reactor, pipe.readable(), None), End::Done(Ok(())));
}

#[test]
fn an_adopted_descriptor_is_closed_once() {
    let sim = Sim::new(Manners::Wasmtime).with(5, File::pipe()).with(6, File::pipe()).with(7, File::pipe());
    let reactor = Small::new(sim);
    drop(Descriptor::adopt(&reactor, 5).unwrap());
    assert_eq!(Descriptor::adopt(&reactor, 6).unwrap().close(), Ok(()));
    assert_eq!(*reactor.host().closed.borrow(), [5, 6]);
    assert_eq!(Descriptor::inherit(&reactor, 7).unwrap().close(), Ok(()));
    let late = Descriptor::adopt(&reactor, 7).unwrap();
    reactor.host().vanish(7);
    let error = late.close().unwrap_err();
    assert_eq!(error, Error::Descriptor { call: "fd_close", fd: 7, errno: abi::BADF });
    assert_eq!(*reactor.host().closed.borrow(), [5, 6, 7]);
}
