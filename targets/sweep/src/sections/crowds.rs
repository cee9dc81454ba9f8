//! The cancel sweep of what all who wait are told of: one of them gives up at every boundary of the telling, and all are told at
//! every boundary of its going. The other hears it, once; and what the first has not heard is still there for it.

use super::cancel::{Place, Queue, poll};
use super::unnamed::Unnamed;
use super::{Section, ensure};
use crate::machine::Machine;
use crate::witness::{WOKEN, counted_waker, in_interrupt, is_none_kept};
use core::pin::pin;
use core::sync::atomic::Ordering;
use core::task::{Context, Poll};
use zokio_core::sync::{
    Barrier, BarrierWait, Broadcast, BroadcastRecv, Changed, OnceCell, RwLock, RwLockRead, RwLockWriteGuard,
    Subscriber, Watch, Watcher,
};

const FIRST: usize = 0;
const SECOND: usize = 1;
const THIRD: usize = 2;

/// Something that all who wait are told of.
pub(super) trait Told: 'static {
    /// What the sections are called: the drop is interrupted, or the telling.
    const NAMES: [&'static str; 2];
    /// Who waits to be told.
    type Wait: Future + 'static;

    /// Where they wait.
    fn queue() -> &'static Queue<Self::Wait>;

    /// Begins to listen, as `who`, who does not wait now.
    fn wait(who: usize) -> Self::Wait;

    /// Tells all.
    fn tell();

    /// Whether it is the right thing.
    fn is_it(heard: <Self::Wait as Future>::Output) -> bool;

    /// Whether `who`, who does not wait now, has it before it.
    fn is_before(who: usize) -> bool;
}

/// Both wait.
fn prepare<T: Told>() {
    let queue = T::queue();
    for (place, who) in [(&queue.first, FIRST), (&queue.second, SECOND)] {
        place.clear();
        place.put(T::wait(who));
        assert!(poll(place, who).is_pending(), "it was told before");
    }
    WOKEN.iter().for_each(|woken| woken.store(false, Ordering::Relaxed));
}

/// The first is gone, and all may have been told.
fn check<T: Told>(told: bool) -> Result<(), &'static str> {
    let queue = T::queue();
    queue.first.clear();
    ensure(
        T::is_before(FIRST) == told,
        "what the first has not heard was lost with its wait, or is there without being told",
    )?;
    let woken = WOKEN[SECOND].load(Ordering::Relaxed);
    match poll(&queue.second, SECOND) {
        Poll::Ready(heard) => {
            ensure(told, "it was told by nobody")?;
            ensure(woken, "the other was not woken for it")?;
            ensure(T::is_it(heard), "something else was heard")?;
        }
        Poll::Pending => ensure(!told, "the other did not hear it")?,
    }
    queue.second.clear();
    let next = pin!(T::wait(SECOND)).poll(&mut Context::from_waker(&counted_waker(THIRD)));
    ensure(next.is_pending(), "it was told to who came after it")?;
    ensure(is_none_kept(), "a waker was used twice or forgotten")
}

/// The one that waits gives up; the interrupt tells.
pub(super) const fn dropped<M: Machine, T: Told>() -> Section<M> {
    Section {
        name: T::NAMES[0],
        prepare: |stage| {
            stage.clear();
            prepare::<T>();
        },
        run: |_| T::queue().first.clear(),
        interrupt: || in_interrupt(T::tell),
        check: |_, landed| check::<T>(landed.is_some()),
    }
}

/// All are told; the interrupt drops the one that waits.
pub(super) const fn told<M: Machine, T: Told>() -> Section<M> {
    Section {
        name: T::NAMES[1],
        prepare: |stage| {
            stage.clear();
            prepare::<T>();
        },
        run: |_| T::tell(),
        interrupt: || in_interrupt(|| T::queue().first.clear()),
        check: |_, _| check::<T>(true),
    }
}

static BROADCAST: Broadcast<u8, 1> = Broadcast::new();
static SUBSCRIBERS: [Place<Subscriber<'static, u8, 1>>; 2] = [const { Place::new() }; 2];

/// A broadcast.
pub(super) struct Sent;

impl Told for Sent {
    const NAMES: [&'static str; 2] = ["cancel: a wait for a broadcast", "cancel: while somebody broadcasts"];
    type Wait = BroadcastRecv<'static, u8, 1>;

    fn queue() -> &'static Queue<Self::Wait> {
        static QUEUE: Queue<BroadcastRecv<'static, u8, 1>> = Queue::new();
        &QUEUE
    }

    fn wait(who: usize) -> Self::Wait {
        SUBSCRIBERS[who].put(BROADCAST.subscribe());
        // SAFETY: it does not wait now.
        unsafe { SUBSCRIBERS[who].lend() }.recv()
    }

    fn tell() {
        let _ = BROADCAST.send(7);
    }

    fn is_it(heard: <Self::Wait as Future>::Output) -> bool {
        matches!(heard, Ok(7))
    }

    fn is_before(who: usize) -> bool {
        // SAFETY: it does not wait now.
        unsafe { SUBSCRIBERS[who].lend() }.try_recv() == Ok(7)
    }
}

static WATCH: Watch<u8> = Watch::new(0);
static WATCHERS: [Place<Watcher<'static, u8>>; 2] = [const { Place::new() }; 2];

/// A value that changes.
pub(super) struct Seen;

impl Told for Seen {
    const NAMES: [&'static str; 2] = ["cancel: a wait for a change", "cancel: while a value is changed"];
    type Wait = Changed<'static, u8>;

    fn queue() -> &'static Queue<Self::Wait> {
        static QUEUE: Queue<Changed<'static, u8>> = Queue::new();
        &QUEUE
    }

    fn wait(who: usize) -> Self::Wait {
        WATCHERS[who].put(WATCH.watcher());
        // SAFETY: it does not wait now.
        let watcher = unsafe { WATCHERS[who].lend() };
        // A new watcher has not seen the value that is there.
        let _ = watcher.try_changed();
        watcher.changed()
    }

    fn tell() {
        let _ = WATCH.send(7);
    }

    fn is_it(heard: <Self::Wait as Future>::Output) -> bool {
        matches!(heard, Ok(7))
    }

    fn is_before(who: usize) -> bool {
        // SAFETY: it does not wait now.
        unsafe { WATCHERS[who].lend() }.try_changed() == Ok(7)
    }
}

static RWLOCK: RwLock<()> = RwLock::new(());
static WRITING: Place<RwLockWriteGuard<'static, ()>> = Place::new();

/// A lock that all who wait may read once its writer is gone.
pub(super) struct Readable;

impl Told for Readable {
    const NAMES: [&'static str; 2] = ["cancel: a wait to read", "cancel: while a writer lets readers in"];
    type Wait = RwLockRead<'static, ()>;

    fn queue() -> &'static Queue<Self::Wait> {
        static QUEUE: Queue<RwLockRead<'static, ()>> = Queue::new();
        &QUEUE
    }

    fn wait(_: usize) -> Self::Wait {
        if WRITING.is_empty() {
            WRITING.put(RWLOCK.try_write().expect("nobody reads"));
        }
        RWLOCK.read()
    }

    fn tell() {
        WRITING.clear();
    }

    fn is_it(reading: <Self::Wait as Future>::Output) -> bool {
        let others_may = RWLOCK.try_read().is_some() && RWLOCK.try_write().is_none();
        drop(reading);
        others_may && RWLOCK.try_write().is_some()
    }

    fn is_before(_: usize) -> bool {
        RWLOCK.try_read().is_some()
    }
}

static CELL: Place<OnceCell<u8>> = Place::new();

/// A value that is made once.
pub(super) struct Made;

impl Made {
    fn cell() -> &'static OnceCell<u8> {
        // SAFETY: static; nobody borrows it for writing but `wait`, while nobody waits.
        unsafe { CELL.lend() }
    }
}

impl Told for Made {
    const NAMES: [&'static str; 2] = ["cancel: a wait for a value made once", "cancel: while a value is made once"];
    type Wait = Unnamed<u8>;

    fn queue() -> &'static Queue<Self::Wait> {
        static QUEUE: Queue<Unnamed<u8>> = Queue::new();
        &QUEUE
    }

    fn wait(_: usize) -> Self::Wait {
        if Self::queue().first.is_empty() && Self::queue().second.is_empty() {
            CELL.put(OnceCell::new());
        }
        Unnamed::new(async { *Self::cell().wait().await })
    }

    fn tell() {
        let _ = Self::cell().set(7);
    }

    fn is_it(heard: u8) -> bool {
        heard == 7
    }

    fn is_before(_: usize) -> bool {
        Self::cell().get() == Some(&7)
    }
}

/// For three.
static BARRIER: Barrier = Barrier::new(3);
static WAITING: Queue<BarrierWait<'static>> = Queue::new();
static LATE: Place<BarrierWait<'static>> = Place::new();

fn wait_at_the_barrier() {
    LATE.clear();
    for (place, who) in [(&WAITING.first, FIRST), (&WAITING.second, SECOND)] {
        place.clear();
        place.put(BARRIER.wait());
        assert!(poll(place, who).is_pending(), "somebody was there before");
    }
    WOKEN.iter().for_each(|woken| woken.store(false, Ordering::Relaxed));
}

/// The third comes; it goes on at once if it is the last.
fn come_late() {
    LATE.put(BARRIER.wait());
    if poll(&LATE, THIRD).is_ready() {
        LATE.clear();
    }
}

/// The first is gone. If the third came while it was there, all go on; if not, one more has to come. Then a new round begins with
/// nobody in it.
fn check_barrier(came: bool) -> Result<(), &'static str> {
    WAITING.first.clear();
    if !came {
        come_late();
    }
    if !LATE.is_empty() {
        ensure(poll(&WAITING.second, SECOND).is_pending(), "two were enough for three")?;
        let last = pin!(BARRIER.wait()).poll(&mut Context::from_waker(&counted_waker(FIRST)));
        ensure(last.ready_and(|last| last.is_leader()), "who gave up was counted twice")?;
        ensure(poll(&LATE, THIRD).is_ready(), "the third does not go on")?;
        LATE.clear();
    }
    ensure(WOKEN[SECOND].load(Ordering::Relaxed), "who waited was not woken")?;
    ensure(poll(&WAITING.second, SECOND).ready_and(|result| !result.is_leader()), "who waited does not go on")?;
    WAITING.second.clear();
    // The next round takes three again.
    wait_at_the_barrier();
    let last = pin!(BARRIER.wait()).poll(&mut Context::from_waker(&counted_waker(THIRD)));
    ensure(last.is_ready(), "somebody is missing in the next round")?;
    WAITING.first.clear();
    WAITING.second.clear();
    ensure(is_none_kept(), "a waker was used twice or forgotten")
}

/// One of those who wait at a barrier gives up; the interrupt comes there.
pub(super) const fn dropped_at_a_barrier<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: a wait at a barrier",
        prepare: |stage| {
            stage.clear();
            wait_at_the_barrier();
        },
        run: |_| WAITING.first.clear(),
        interrupt: || in_interrupt(come_late),
        check: |_, landed| check_barrier(landed.is_some()),
    }
}

/// The last comes to a barrier; the interrupt drops one of those who wait there.
pub(super) const fn last_at_a_barrier<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: while the last comes to a barrier",
        prepare: |stage| {
            stage.clear();
            wait_at_the_barrier();
        },
        run: |_| come_late(),
        interrupt: || in_interrupt(|| WAITING.first.clear()),
        check: |_, _| check_barrier(true),
    }
}

/// What `Poll` lacks.
trait ReadyAnd<T> {
    /// Whether it is ready with what `holds` of.
    fn ready_and(self, holds: impl FnOnce(T) -> bool) -> bool;
}

impl<T> ReadyAnd<T> for Poll<T> {
    fn ready_and(self, holds: impl FnOnce(T) -> bool) -> bool {
        match self {
            Poll::Ready(value) => holds(value),
            Poll::Pending => false,
        }
    }
}
