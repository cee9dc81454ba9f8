//! Waiting for descriptors on hosts that do not agree what readiness is.

mod sim;

use sim::drive::{End, counter, drive, poll};
use sim::{File, MS, Manners, Sim};
use std::cell::Cell;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Wake, Waker};
use zokio_core::driver::Wait;
use zokio_wasi::p1::abi::{self, Event};
use zokio_wasi::p1::{Descriptor, Error, Reactor};

type Small = Reactor<Sim, 8>;

/// When everything starts.
const T: u64 = 1_000 * MS;

/// The three that can wait for descriptors at all.
const CAPABLE: [Manners; 3] = [Manners::Wasmtime, Manners::Legacy, Manners::Node];

#[test]
fn bytes_arrive_while_a_deadline_waits() {
    for manners in CAPABLE {
        let reactor = Small::new(Sim::new(manners).with(5, File::pipe().arriving(T + 7 * MS, b"hello")));
        let pipe = Descriptor::adopt(&reactor, 5).unwrap();
        let mut buf = [0; 16];
        assert_eq!(drive(&reactor, pipe.read(&mut buf), Some(50 * MS)), End::Done(Ok(5)), "{manners:?}");
        assert_eq!(&buf[..5], b"hello");
        // Bytes and clock came in the same answer or not: the hint was about one descriptor, and needs no confirmation.
        assert_eq!(reactor.host().requests(), 1);
        // Not the end of the deadline: Node leaves the clock's event out if a descriptor is ready.
        assert!(reactor.now().as_nanos() < T + 9 * MS);
        assert_eq!(reactor.armed(), 0);
        assert_eq!(reactor.stats().max_armed, 1);
    }
}

#[test]
fn a_look_sees_what_is_ready_on_every_host() {
    for manners in CAPABLE {
        for slept in [false, true] {
            let sim = Sim::new(manners).with(5, File::pipe().arriving(T, b"x")).with(6, File::pipe());
            let reactor = Small::new(sim);
            if slept {
                assert_eq!(drive(&reactor, std::future::pending::<()>(), Some(1_500_000)), End::TimedOut);
            }
            let (ready, idle) = (Descriptor::adopt(&reactor, 5).unwrap(), Descriptor::adopt(&reactor, 6).unwrap());
            let (count, waker) = counter();
            let (mut first, mut second) = (pin!(ready.readable()), pin!(idle.readable()));
            assert!(poll(second.as_mut(), &waker).is_pending());
            for looks in 1..=3 {
                assert!(poll(first.as_mut(), &waker).is_pending());
                reactor.park(Wait::Poll).unwrap();
                assert!(count.get() >= looks, "{manners:?} shows nothing to a look");
                assert_eq!(poll(first.as_mut(), &waker), Poll::Ready(Ok(())));
                first.set(ready.readable());
            }
            // One that truncates is found out once, and at no cost by whoever has slept.
            assert_eq!(reactor.host().asked_of_itself.get(), usize::from(!slept), "{manners:?}");
        }
    }
}

#[test]
fn only_what_is_waited_for_is_paid_for() {
    for manners in [Manners::Wasmtime, Manners::Legacy, Manners::Node] {
        let sim = (5..105).fold(Sim::new(manners), |sim, fd| sim.with(fd, File::pipe().arriving(T + 30 * MS, b"x")));
        let reactor: Reactor<Sim, 128> = Reactor::new(sim);
        let open: Vec<_> = (5..105).map(|fd| Descriptor::adopt(&reactor, fd).unwrap()).collect();
        let last = || reactor.host().requests.borrow().last().map_or(0, Vec::len);
        // A hundred are open and nobody waits for any: the clock alone.
        assert_eq!(drive(&reactor, std::future::pending::<()>(), Some(5 * MS)), End::TimedOut);
        assert_eq!(last(), 1, "{manners:?}");
        // One of them and the clock.
        assert_eq!(drive(&reactor, open[70].readable(), Some(5 * MS)), End::TimedOut);
        assert_eq!(last(), 2, "{manners:?}");
        // What has given up is out, and what was told of is, too.
        assert_eq!(drive(&reactor, open[71].readable(), None), End::Done(Ok(())));
        assert_eq!((last(), reactor.armed()), (1, 0), "{manners:?}");
        assert_eq!(drive(&reactor, std::future::pending::<()>(), Some(5 * MS)), End::TimedOut);
        assert_eq!((last(), reactor.stats().max_armed), (1, 1), "{manners:?}");
        let asked = reactor.host().requests();
        assert!(asked <= 5, "{manners:?}: {asked} calls for four waits");
    }
}

#[test]
fn a_wait_that_is_dropped_leaves_nothing() {
    for manners in CAPABLE {
        let reactor = Small::new(Sim::new(manners).with(5, File::pipe().arriving(T + 70 * MS, b"late")));
        let pipe = Descriptor::adopt(&reactor, 5).unwrap();
        let mut buf = [0; 16];
        assert_eq!(drive(&reactor, pipe.read(&mut buf), Some(50 * MS)), End::TimedOut);
        assert_eq!(reactor.armed(), 0);
        assert_eq!(reactor.park(Wait::Forever), Err(Error::NothingArmed));
        // And it took no bytes.
        assert_eq!(drive(&reactor, pipe.read(&mut buf), None), End::Done(Ok(4)));
    }
}

#[test]
fn what_does_not_block_is_tried_before_it_is_waited_for() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(5, File::pipe().arriving(T, b"there")));
    let pipe = Descriptor::adopt(&reactor, 5).unwrap();
    assert_eq!(drive(&reactor, pipe.read(&mut [0; 16]), None), End::Done(Ok(5)));
    assert_eq!(reactor.host().requests(), 0);
}

#[test]
fn an_event_of_an_earlier_use_wakes_nobody() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(5, File::pipe()));
    let pipe = Descriptor::adopt(&reactor, 5).unwrap();
    let (count, waker) = counter();
    assert!(poll(pin!(pipe.readable()), &waker).is_pending());
    let mut second = pin!(pipe.readable());
    assert!(poll(second.as_mut(), &waker).is_pending());
    // The second wait has the slot of the first: index 1, one generation later.
    let event = |userdata, kind| Event { userdata, kind, error: 0, ..Event::UNWRITTEN };
    reactor.host().answer(move |_, events| {
        events[0] = event(1, abi::FD_READ);
        events[1] = event(u64::MAX - 1, 77);
        Ok(())
    });
    reactor.park(Wait::Poll).unwrap();
    // The clock's own slot, and one beyond the table.
    reactor.host().answer(move |_, events| {
        events[0] = event(0, abi::FD_WRITE);
        events[1] = event(8, abi::FD_READ);
        Ok(())
    });
    reactor.park(Wait::Poll).unwrap();
    assert_eq!((count.get(), reactor.armed(), reactor.stats().spurious_events), (0, 1, 4));
    assert!(poll(second.as_mut(), &waker).is_pending());
}

#[test]
fn the_task_that_polled_last_is_woken() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(5, File::pipe().arriving(T, b"x")));
    let pipe = Descriptor::adopt(&reactor, 5).unwrap();
    let ((old, first), (new, second)) = (counter(), counter());
    let mut wait = pin!(pipe.readable());
    assert!(poll(wait.as_mut(), &first).is_pending());
    assert!(poll(wait.as_mut(), &second).is_pending());
    reactor.park(Wait::Forever).unwrap();
    assert_eq!((old.get(), new.get()), (0, 1));
    assert_eq!(poll(wait.as_mut(), &second), Poll::Ready(Ok(())));
}

#[test]
fn a_full_table_is_an_error_that_passes() {
    let reactor = Reactor::<_, 3>::new(Sim::new(Manners::Wasmtime).with(5, File::pipe().arriving(T, b"x")));
    let pipe = Descriptor::adopt(&reactor, 5).unwrap();
    let (_, waker) = counter();
    let mut one = Box::pin(pipe.readable());
    let mut two = Box::pin(pipe.readable());
    assert!(poll(one.as_mut(), &waker).is_pending());
    assert!(poll(two.as_mut(), &waker).is_pending());
    let full = Error::Full { capacity: 2 };
    assert_eq!(poll(pin!(pipe.readable()), &waker), Poll::Ready(Err(full)));
    assert_eq!(full.to_string(), "all 2 places for waiting descriptors are taken; give the reactor more");
    drop(one);
    assert_eq!(drive(&reactor, pipe.readable(), None), End::Done(Ok(())));
}

#[test]
fn events_of_an_earlier_call_are_forgotten() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(5, File::pipe().arriving(T, b"x")));
    let pipe = Descriptor::adopt(&reactor, 5).unwrap();
    assert_eq!(drive(&reactor, pipe.readable(), None), End::Done(Ok(())));
    let (_, waker) = counter();
    let mut wait = pin!(pipe.readable());
    assert!(poll(wait.as_mut(), &waker).is_pending());
    reactor.host().answer(|_, _| Ok(()));
    reactor.park(Wait::Poll).unwrap();
    assert_eq!((reactor.armed(), reactor.stats().spurious_events), (1, 0));
}

#[test]
fn files_and_devices_are_never_polled() {
    let kinds = [
        File::of_type(abi::FILETYPE_REGULAR_FILE, u64::MAX).arriving(0, b"data"),
        File::of_type(abi::FILETYPE_DIRECTORY, 0).arriving(0, b"data"),
        File::of_type(abi::FILETYPE_CHARACTER_DEVICE, abi::RIGHT_SEEK).arriving(0, b"data"),
    ];
    for file in kinds {
        // Node fails, the legacy hosts kill the module.
        let reactor = Small::new(Sim::new(Manners::Node).with(5, file));
        let file = Descriptor::adopt(&reactor, 5).unwrap();
        let mut buf = [0; 16];
        assert_eq!(drive(&reactor, file.read(&mut buf), None), End::Done(Ok(4)));
        assert_eq!(drive(&reactor, file.read(&mut buf), None), End::Done(Ok(0)));
        assert_eq!(drive(&reactor, file.write(b"abc"), None), End::Done(Ok(3)));
        assert_eq!(drive(&reactor, file.readable(), None), End::Done(Ok(())));
        assert_eq!(reactor.host().requests(), 0);
    }
}

#[test]
fn a_terminal_is_waited_for() {
    let terminal = File::of_type(abi::FILETYPE_CHARACTER_DEVICE, 0).arriving(T + MS, b"key");
    let reactor = Small::new(Sim::new(Manners::Node).with(0, terminal));
    let tty = Descriptor::inherit(&reactor, 0).unwrap();
    let mut buf = [0; 16];
    assert_eq!(drive(&reactor, tty.read(&mut buf), None), End::Done(Ok(3)));
    assert_eq!(reactor.host().requests(), 1);
}

#[test]
fn stale_readiness_is_tried_and_waited_for_again() {
    // The legacy hosts report every descriptor as soon as one is ready.
    let sim = Sim::new(Manners::Legacy)
        .with(5, File::pipe().arriving(T + 40 * MS, b"slow"))
        .with(6, File::pipe().arriving(T + MS, b"quick"));
    let reactor = Small::new(sim);
    let (slow, quick) = (Descriptor::adopt(&reactor, 5).unwrap(), Descriptor::adopt(&reactor, 6).unwrap());
    let mut bufs = ([0; 16], [0; 16]);
    let mut reads = (pin!(slow.read(&mut bufs.0)), pin!(quick.read(&mut bufs.1)));
    let (count, waker) = counter();
    assert!(poll(reads.0.as_mut(), &waker).is_pending());
    assert!(poll(reads.1.as_mut(), &waker).is_pending());
    reactor.park(Wait::Forever).unwrap();
    assert_eq!(count.get(), 2);
    assert_eq!(poll(reads.1, &waker), Poll::Ready(Ok(5)));
    assert!(poll(reads.0.as_mut(), &waker).is_pending());
    reactor.park(Wait::Forever).unwrap();
    assert_eq!(poll(reads.0, &waker), Poll::Ready(Ok(4)));
}

#[test]
fn stale_readiness_does_not_block_what_cannot_be_nonblocking() {
    for manners in CAPABLE {
        let sim = Sim::new(manners)
            .with(0, File::stdin().arriving(T + 40 * MS, b"slow"))
            .with(6, File::pipe().arriving(T + MS, b"quick"));
        let reactor = Small::new(sim);
        let (stdin, quick) = (Descriptor::inherit(&reactor, 0).unwrap(), Descriptor::adopt(&reactor, 6).unwrap());
        let mut buf = [0; 16];
        let mut read = pin!(stdin.read(&mut buf));
        let (_, waker) = counter();
        assert!(poll(read.as_mut(), &waker).is_pending());
        assert_eq!(drive(&reactor, quick.readable(), None), End::Done(Ok(())));
        // The simulated host fails the test if this blocks.
        assert!(poll(read.as_mut(), &waker).is_pending(), "{manners:?}");
        assert_eq!(reactor.stats().spurious_events, u64::from(manners == Manners::Legacy));
        reactor.park(Wait::Forever).unwrap();
        assert_eq!(poll(read, &waker), Poll::Ready(Ok(4)));
    }
}

#[test]
fn an_old_hint_is_confirmed_before_a_call_that_may_block() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(0, File::stdin().arriving(T + MS, b"once")));
    let (one, two) = (Descriptor::inherit(&reactor, 0).unwrap(), Descriptor::inherit(&reactor, 0).unwrap());
    let (_, waker) = counter();
    let (mut buf, mut other) = ([0; 16], [0; 16]);
    let mut late = pin!(one.read(&mut buf));
    assert!(poll(late.as_mut(), &waker).is_pending());
    reactor.park(Wait::Forever).unwrap();
    // Told, but not polled yet; meanwhile somebody else takes the bytes.
    assert_eq!(drive(&reactor, two.read(&mut other), None), End::Done(Ok(4)));
    assert!(poll(late.as_mut(), &waker).is_pending());
    assert_eq!(reactor.armed(), 1);
}

#[test]
fn both_directions_of_one_descriptor_are_served() {
    for manners in CAPABLE {
        let file = File { writable_from: T + 5 * MS, ..File::pipe().arriving(T + 300 * MS, b"x") };
        let reactor = Small::new(Sim::new(manners).with(5, file));
        let pipe = Descriptor::adopt(&reactor, 5).unwrap();
        let (_, waker) = counter();
        let mut reads = pin!(pipe.readable());
        assert!(poll(reads.as_mut(), &waker).is_pending());
        // Node loses the second subscription to a descriptor.
        assert_eq!(drive(&reactor, pipe.writable(), None), End::Done(Ok(())));
        assert!(reactor.now().as_nanos() < T + 30 * MS, "{manners:?}: {} ms", (reactor.now().as_nanos() - T) / MS);
        // The legacy hosts have said it of the other direction, too.
        if manners != Manners::Legacy {
            let calls = reactor.host().requests();
            reactor.park(Wait::Forever).unwrap();
            assert_eq!(reactor.host().requests(), calls + 1, "one direction alone is waited for without slices");
        }
        assert_eq!(poll(reads, &waker), Poll::Ready(Ok(())));
    }
}

#[test]
fn slices_do_not_delay_a_deadline() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(5, File { writable_from: u64::MAX, ..File::pipe() }));
    let pipe = Descriptor::adopt(&reactor, 5).unwrap();
    let (_, waker) = counter();
    assert!(poll(pin!(pipe.readable()).as_mut(), &waker).is_pending());
    let mut reads = pin!(pipe.readable());
    assert!(poll(reads.as_mut(), &waker).is_pending());
    assert_eq!(drive(&reactor, pipe.writable(), Some(3 * MS)), End::TimedOut);
    assert!(reactor.now().as_nanos() < T + 4 * MS);
}

#[test]
fn bytes_and_clock_in_one_answer_are_one_reliable_hint() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(0, File::stdin().arriving(T + 5 * MS, b"x")));
    let stdin = Descriptor::inherit(&reactor, 0).unwrap();
    let mut buf = [0; 16];
    assert_eq!(drive(&reactor, stdin.read(&mut buf), Some(5 * MS)), End::Done(Ok(1)));
    assert_eq!(reactor.host().requests.borrow().iter().map(Vec::len).collect::<Vec<_>>(), [2]);
}

#[test]
fn an_adopted_descriptor_keeps_its_other_flags() {
    let mut file = File::pipe();
    file.stat.flags = 1;
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(5, file));
    let _pipe = Descriptor::adopt(&reactor, 5).unwrap();
    assert_eq!(reactor.host().files.borrow()[&5].stat.flags, 1 | abi::FDFLAG_NONBLOCK);
}

#[test]
fn what_the_host_cannot_wait_for_is_read_at_once() {
    // browser_wasi_shim waits for a clock and for nothing else, pywasm takes standard input to be ready always.
    for manners in [Manners::Browser, Manners::PyWasm] {
        let reactor = Small::new(Sim::new(manners).with(0, File::stdin().arriving(T + 40 * MS, b"typed")));
        let stdin = Descriptor::inherit(&reactor, 0).unwrap();
        let mut buf = [0; 16];
        assert_eq!(drive(&reactor, stdin.read(&mut buf), Some(90 * MS)), End::Done(Ok(5)), "{manners:?}");
        assert_eq!(drive(&reactor, std::future::pending::<()>(), Some(10 * MS)), End::TimedOut);
    }
}

#[test]
fn no_task_is_always_woken_last() {
    let mut sim = Sim::new(Manners::Wasmtime);
    for fd in 5..8 {
        sim = sim.with(fd, File::pipe().arriving(T, b"x"));
    }
    let reactor = Small::new(sim);
    let files: Vec<_> = (5..8).map(|fd| Descriptor::adopt(&reactor, fd).unwrap()).collect();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut last = Vec::new();
    for _ in 0..12 {
        let mut waits: Vec<_> = files.iter().map(|f| Box::pin(f.readable())).collect();
        let wakers: Vec<Waker> = (0..3).map(|i| Arc::new(Recorder(i, order.clone())).into()).collect();
        for (wait, waker) in waits.iter_mut().zip(&wakers) {
            assert!(poll(wait.as_mut(), waker).is_pending());
        }
        reactor.park(Wait::Poll).unwrap();
        let order = std::mem::take(&mut *order.lock().unwrap());
        assert_eq!(order.len(), 3);
        last.push(order[2]);
    }
    for i in 0..3 {
        assert!(last.iter().filter(|&&l| l == i).count() >= 3, "{last:?}");
    }
}

/// Writes its number down when it is woken.
struct Recorder(usize, Arc<Mutex<Vec<usize>>>);

impl Wake for Recorder {
    fn wake(self: Arc<Self>) {
        self.1.lock().unwrap().push(self.0);
    }
}

thread_local! {
    static HOOK: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

/// Does what `HOOK` holds when it is woken or dropped.
struct Hooked;

impl Wake for Hooked {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Hooked {
    fn drop(&mut self) {
        HOOK.take().unwrap()();
    }
}

#[test]
fn a_waker_may_use_the_reactor_while_it_is_woken_or_dropped() {
    type Wait = Pin<Box<dyn Future<Output = Result<(), Error>>>>;
    for way in 0..3 {
        let reactor: &'static Small = Box::leak(Box::new(Small::new(
            Sim::new(Manners::Wasmtime).with(5, File::pipe().arriving(T, b"x")).with(6, File::pipe()),
        )));
        let open = |fd| -> &'static Descriptor<'static, Sim, 8> {
            Box::leak(Box::new(Descriptor::adopt(reactor, fd).unwrap()))
        };
        let (ready, idle) = (open(5), open(6));
        let (count, waker) = counter();
        let mut other: Wait = Box::pin(idle.readable());
        assert!(poll(other.as_mut(), &waker).is_pending());
        HOOK.set(Some(Box::new(move || {
            drop(other);
            let mut again: Wait = Box::pin(idle.readable());
            assert!(poll(again.as_mut(), &waker).is_pending());
            reactor.park(zokio_core::driver::Wait::Poll).unwrap();
            std::mem::forget(again);
        })));
        let mut wait: Wait = Box::pin(ready.readable());
        assert!(poll(wait.as_mut(), &Arc::new(Hooked).into()).is_pending());
        match way {
            0 => reactor.park(zokio_core::driver::Wait::Forever).unwrap(),
            1 => assert!(poll(wait.as_mut(), &counter().1).is_pending()),
            _ => drop(wait),
        }
        assert!(HOOK.take().is_none(), "the hook ran");
        assert_eq!(count.get(), 0);
    }
}
