//! What the cancel sweep is done to: what many wait for and one gets, and what one waits for.

use super::cancel::{Granted, Kept, Place, Queue};
use super::unnamed::Unnamed;
use core::future::pending;
use zokio_core::sync::{
    Acquire, Channel, Mutex, MutexGuard, MutexLock, Notified, Notify, OnceCell, Recv, Reserve, RwLock, RwLockWrite,
    RwLockWriteGuard, Semaphore, SemaphorePermit, Send, Signal, SignalWait,
};

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

static RESERVED: Channel<u8, 1> = Channel::new();
static KEPT: Place<zokio_core::sync::Permit<'static, u8, 1>> = Place::new();

/// A place in a channel that is kept for one value.
pub(super) struct Reservation;

impl Granted for Reservation {
    const NAMES: [&'static str; 2] = ["cancel: a reservation", "cancel: while a reservation is given back"];
    type Wait = Reserve<'static, u8, 1>;

    fn queue() -> &'static Queue<Self::Wait> {
        static QUEUE: Queue<Reserve<'static, u8, 1>> = Queue::new();
        &QUEUE
    }

    fn exhaust() {
        if KEPT.is_empty() {
            KEPT.put(RESERVED.try_reserve().expect("nobody has it"));
        }
    }

    fn wait() -> Self::Wait {
        RESERVED.reserve()
    }

    fn grant() {
        KEPT.clear();
    }

    fn take_back(permit: <Self::Wait as Future>::Output) -> bool {
        permit.is_ok_and(|permit| {
            KEPT.put(permit);
            RESERVED.try_reserve().is_err()
        })
    }
}

static CELL: OnceCell<u8> = OnceCell::new();
static MAKING: Place<Unnamed<()>> = Place::new();

/// Takes the right to make the value, and does not come to an end with it.
fn make() {
    MAKING.put(Unnamed::new(async {
        CELL.get_or_init(async || pending().await).await;
    }));
    assert!(MAKING.poll(0).is_pending(), "the value was made");
}

/// The right to make a value that is made once.
pub(super) struct Right;

impl Granted for Right {
    const NAMES: [&'static str; 2] = ["cancel: a wait to make the value", "cancel: while who makes the value gives up"];
    type Wait = Unnamed<bool>;

    fn queue() -> &'static Queue<Self::Wait> {
        static QUEUE: Queue<Unnamed<bool>> = Queue::new();
        &QUEUE
    }

    fn exhaust() {
        if MAKING.is_empty() {
            make();
        }
    }

    fn wait() -> Self::Wait {
        // Whoever has the right fails, and gives it back.
        Unnamed::new(async { CELL.get_or_try_init(async || Err(())).await.is_err() })
    }

    fn grant() {
        MAKING.clear();
    }

    fn take_back(failed: bool) -> bool {
        make();
        failed && CELL.set(7).is_err()
    }
}

static SIGNAL: Signal<u8> = Signal::new();

/// A signal.
pub(super) struct Signalled;

impl Kept for Signalled {
    const NAMES: [&'static str; 2] = ["cancel: a wait for a signal", "cancel: while somebody signals"];
    type Wait = SignalWait<'static, u8>;

    fn place() -> &'static Place<Self::Wait> {
        static PLACE: Place<SignalWait<'static, u8>> = Place::new();
        &PLACE
    }

    fn wait() -> Self::Wait {
        SIGNAL.wait()
    }

    fn bring() {
        SIGNAL.signal(7);
    }
}
