//! The cancel sweep: a future that waits is dropped at every boundary of what grants it its wish, and the wish is granted at every
//! boundary of the drop. Somebody else waits behind it. What was granted goes to one of them, once, and nobody sleeps through it.
//!
//! *Invariant "one side":* in one run a place is used by the thread alone, or by the interrupt alone until the thread checks.

use super::{Section, ensure};
use crate::machine::Machine;
use crate::witness::{WOKEN, flag_waker};
use core::cell::UnsafeCell;
use core::pin::{Pin, pin};
use core::sync::atomic::Ordering;
use core::task::{Context, Poll};
use zokio_core::sync::{
    Acquire, Channel, Mutex, MutexGuard, MutexLock, Notified, Notify, Recv, RwLock, RwLockWrite, RwLockWriteGuard,
    Semaphore, SemaphorePermit, Send,
};

/// Room for something of one side.
struct Place<T>(UnsafeCell<Option<T>>);

// SAFETY: "one side".
unsafe impl<T> Sync for Place<T> {}

impl<T> Place<T> {
    const fn new() -> Self {
        Self(UnsafeCell::new(None))
    }

    /// Drops what is there.
    #[inline(never)]
    fn clear(&self) {
        // SAFETY: "one side". What is pinned here is dropped here.
        unsafe { *self.0.get() = None };
    }

    fn is_empty(&self) -> bool {
        // SAFETY: "one side".
        unsafe { (*self.0.get()).is_none() }
    }

    fn put(&self, value: T) {
        // SAFETY: "one side".
        unsafe { *self.0.get() = Some(value) };
    }
}

impl<F: Future> Place<F> {
    /// Polls what is there, whose wakers raise flag `id`.
    fn poll(&self, id: usize) -> Poll<F::Output> {
        // SAFETY: "one side"; static, and nothing moves out of it.
        let future = unsafe { (*self.0.get()).as_mut().map(|future| Pin::new_unchecked(future)) };
        match future {
            Some(future) => future.poll(&mut Context::from_waker(&flag_waker(id))),
            None => Poll::Pending,
        }
    }
}

/// The one that gives up, and the one behind it.
pub(super) struct Queue<F> {
    first: Place<F>,
    second: Place<F>,
}

impl<F> Queue<F> {
    const fn new() -> Self {
        Self { first: Place::new(), second: Place::new() }
    }
}

const FIRST: usize = 0;
const SECOND: usize = 1;
const THIRD: usize = 2;

/// Something that many wait for and one gets at a time.
pub(super) trait Granted: 'static {
    /// What the sections are called: the drop is interrupted, or the grant.
    const NAMES: [&'static str; 2];
    /// Who waits for it.
    type Wait: Future + 'static;

    /// Where they wait.
    fn queue() -> &'static Queue<Self::Wait>;

    /// Sees to it that there is none to be had.
    fn exhaust();

    /// Begins to wait.
    fn wait() -> Self::Wait;

    /// Grants it to one.
    fn grant();

    /// Takes it back from whoever got it; whether it is the right thing.
    fn take_back(granted: <Self::Wait as Future>::Output) -> bool;
}

/// Both wait.
fn prepare<G: Granted>() {
    let queue = G::queue();
    for place in [&queue.first, &queue.second] {
        place.clear();
    }
    G::exhaust();
    for (place, id) in [(&queue.first, FIRST), (&queue.second, SECOND)] {
        place.put(G::wait());
        assert!(place.poll(id).is_pending(), "there is one to be had");
    }
    WOKEN.iter().for_each(|woken| woken.store(false, Ordering::Relaxed));
}

/// The first is gone, one may have been granted: then the second has it, and nobody else.
fn check<G: Granted>(granted: bool) -> Result<(), &'static str> {
    let queue = G::queue();
    queue.first.clear();
    let woken = WOKEN[SECOND].load(Ordering::Relaxed);
    match queue.second.poll(SECOND) {
        Poll::Ready(output) => {
            ensure(granted, "something was granted twice, or by nobody")?;
            ensure(woken, "the one behind was not woken for what it got")?;
            ensure(G::take_back(output), "what was granted was changed")?;
        }
        Poll::Pending => ensure(!granted, "what was granted was lost with the one that gave up")?,
    }
    queue.second.clear();
    let third = pin!(G::wait()).poll(&mut Context::from_waker(&flag_waker(THIRD)));
    ensure(third.is_pending(), "something was granted twice")
}

/// The one that waits gives up; the interrupt grants.
pub(super) const fn dropped<M: Machine, G: Granted>() -> Section<M> {
    Section {
        name: G::NAMES[0],
        prepare: |stage| {
            stage.clear();
            prepare::<G>();
        },
        run: |_| G::queue().first.clear(),
        interrupt: G::grant,
        check: |_, landed| check::<G>(landed.is_some()),
    }
}

/// One is granted; the interrupt drops the one that waits.
pub(super) const fn granted<M: Machine, G: Granted>() -> Section<M> {
    Section {
        name: G::NAMES[1],
        prepare: |stage| {
            stage.clear();
            prepare::<G>();
        },
        run: |_| G::grant(),
        interrupt: || G::queue().first.clear(),
        check: |_, _| check::<G>(true),
    }
}

static MUTEX: Mutex<()> = Mutex::new(());
static LOCKED: Place<MutexGuard<'static, ()>> = Place::new();

/// A lock.
pub(super) struct Lock;

impl Granted for Lock {
    const NAMES: [&'static str; 2] = ["cancel: a wait for a mutex", "cancel: while a mutex is unlocked"];
    type Wait = MutexLock<'static, ()>;

    fn queue() -> &'static Queue<Self::Wait> {
        static QUEUE: Queue<MutexLock<'static, ()>> = Queue::new();
        &QUEUE
    }

    fn exhaust() {
        if LOCKED.is_empty() {
            LOCKED.put(MUTEX.try_lock().expect("nobody has it"));
        }
    }

    fn wait() -> Self::Wait {
        MUTEX.lock()
    }

    fn grant() {
        LOCKED.clear();
    }

    fn take_back(guard: MutexGuard<'static, ()>) -> bool {
        LOCKED.put(guard);
        MUTEX.try_lock().is_none()
    }
}

static RWLOCK: RwLock<()> = RwLock::new(());
static WRITING: Place<RwLockWriteGuard<'static, ()>> = Place::new();

/// A lock for writing.
pub(super) struct Write;

impl Granted for Write {
    const NAMES: [&'static str; 2] = ["cancel: a wait to write", "cancel: while a writer unlocks"];
    type Wait = RwLockWrite<'static, ()>;

    fn queue() -> &'static Queue<Self::Wait> {
        static QUEUE: Queue<RwLockWrite<'static, ()>> = Queue::new();
        &QUEUE
    }

    fn exhaust() {
        if WRITING.is_empty() {
            WRITING.put(RWLOCK.try_write().expect("nobody has it"));
        }
    }

    fn wait() -> Self::Wait {
        RWLOCK.write()
    }

    fn grant() {
        WRITING.clear();
    }

    fn take_back(guard: RwLockWriteGuard<'static, ()>) -> bool {
        WRITING.put(guard);
        RWLOCK.try_read().is_none()
    }
}

static SEMAPHORE: Semaphore = Semaphore::new(1);
static PERMIT: Place<SemaphorePermit<'static>> = Place::new();

/// A permit.
pub(super) struct Permit;

impl Granted for Permit {
    const NAMES: [&'static str; 2] = ["cancel: a wait for a permit", "cancel: while a permit is given back"];
    type Wait = Acquire<'static>;

    fn queue() -> &'static Queue<Self::Wait> {
        static QUEUE: Queue<Acquire<'static>> = Queue::new();
        &QUEUE
    }

    fn exhaust() {
        if PERMIT.is_empty() {
            PERMIT.put(SEMAPHORE.try_acquire(1).expect("nobody has it"));
        }
    }

    fn wait() -> Self::Wait {
        SEMAPHORE.acquire(1)
    }

    fn grant() {
        PERMIT.clear();
    }

    fn take_back(permit: <Self::Wait as Future>::Output) -> bool {
        permit.is_ok_and(|permit| {
            PERMIT.put(permit);
            true
        })
    }
}

static NOTIFY: Notify = Notify::new();

/// A notification.
pub(super) struct Notification;

impl Granted for Notification {
    const NAMES: [&'static str; 2] = ["cancel: a wait for a notification", "cancel: while somebody notifies"];
    type Wait = Notified<'static>;

    fn queue() -> &'static Queue<Self::Wait> {
        static QUEUE: Queue<Notified<'static>> = Queue::new();
        &QUEUE
    }

    fn exhaust() {}

    fn wait() -> Self::Wait {
        NOTIFY.notified()
    }

    fn grant() {
        NOTIFY.notify_one();
    }

    fn take_back((): ()) -> bool {
        true
    }
}

static EMPTY: Channel<u8, 1> = Channel::new();

/// A value in a channel.
pub(super) struct Value;

impl Granted for Value {
    const NAMES: [&'static str; 2] = ["cancel: a wait for a value", "cancel: while a value is sent"];
    type Wait = Recv<'static, u8, 1>;

    fn queue() -> &'static Queue<Self::Wait> {
        static QUEUE: Queue<Recv<'static, u8, 1>> = Queue::new();
        &QUEUE
    }

    fn exhaust() {}

    fn wait() -> Self::Wait {
        EMPTY.recv()
    }

    fn grant() {
        let _ = EMPTY.try_send(7);
    }

    fn take_back(value: <Self::Wait as Future>::Output) -> bool {
        matches!(value, Ok(7)) && EMPTY.is_empty()
    }
}

static FULL: Channel<u8, 1> = Channel::new();

/// Room in a channel.
pub(super) struct Room;

impl Granted for Room {
    const NAMES: [&'static str; 2] = ["cancel: a wait for room", "cancel: while a value is received"];
    type Wait = Send<'static, u8, 1>;

    fn queue() -> &'static Queue<Self::Wait> {
        static QUEUE: Queue<Send<'static, u8, 1>> = Queue::new();
        &QUEUE
    }

    fn exhaust() {
        let _ = FULL.try_send(7);
    }

    fn wait() -> Self::Wait {
        FULL.send(7)
    }

    fn grant() {
        let _ = FULL.try_recv();
    }

    fn take_back(sent: <Self::Wait as Future>::Output) -> bool {
        sent.is_ok() && FULL.len() == 1
    }
}
