//! Tasks and wakers that write down in which order they were run.

use core::cell::UnsafeCell;
use core::future::poll_fn;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use core::task::{Poll, RawWaker, RawWakerVTable, Waker};

/// How many entries fit; more than any section makes.
const ROOM: usize = 32;

// Written by the thread only; an interrupt reads the length.
static LOG: [AtomicU8; ROOM] = [const { AtomicU8::new(0) }; ROOM];
static LEN: AtomicUsize = AtomicUsize::new(0);

/// Writes `id` down.
pub(crate) fn log(id: u8) {
    let len = LEN.load(Ordering::Relaxed);
    assert!(len < ROOM, "somebody is run again and again");
    LOG[len].store(id, Ordering::Relaxed);
    LEN.store(len + 1, Ordering::Relaxed);
}

/// Begins anew.
pub(crate) fn clear_log() {
    LEN.store(0, Ordering::Relaxed);
}

/// What was written down.
#[derive(Clone, Copy)]
pub(crate) struct Log(usize);

pub(crate) fn logged() -> Log {
    Log(LEN.load(Ordering::Relaxed))
}

impl Log {
    pub fn len(self) -> usize {
        self.0
    }

    fn entries(self) -> impl Iterator<Item = u8> {
        LOG[..self.0].iter().map(|entry| entry.load(Ordering::Relaxed))
    }

    /// How often `id` is there.
    pub fn count(self, id: u8) -> usize {
        self.entries().filter(|entry| *entry == id).count()
    }

    /// Where `id` is first.
    pub fn first(self, id: u8) -> Option<usize> {
        self.entries().position(|entry| entry == id)
    }

    /// Whether `id` is there from entry `since` on.
    pub fn has_since(self, id: u8, since: usize) -> bool {
        self.entries().skip(since).any(|entry| entry == id)
    }

    /// Whether each of `ids` is there once, in this order, whatever else is in between.
    pub fn once_in_order(self, ids: &[u8]) -> bool {
        ids.iter().all(|id| self.count(*id) == 1) && ids.is_sorted_by_key(|id| self.first(*id))
    }

    /// The last entry.
    pub fn last(self) -> Option<u8> {
        self.entries().last()
    }
}

/// Something that is set before the first shot and only read afterwards.
pub(crate) struct Fixed<T>(UnsafeCell<Option<T>>);

// SAFETY: *Set before shots:* `set` is called in the thread before any interrupt that reads it is armed.
unsafe impl<T: Sync> Sync for Fixed<T> {}

impl<T> Fixed<T> {
    pub const fn new() -> Self {
        Self(UnsafeCell::new(None))
    }

    pub fn set(&self, value: T) {
        // SAFETY: *Set before shots:* nobody else is looking.
        unsafe { *self.0.get() = Some(value) };
    }

    /// # Panics
    /// If it was not set.
    pub fn get(&self) -> &T {
        // SAFETY: *Set before shots:* nobody writes any more.
        unsafe { &*self.0.get() }.as_ref().expect("set before the first shot")
    }

    fn is_set(&self) -> bool {
        // SAFETY: as in `get`.
        unsafe { &*self.0.get() }.is_some()
    }
}

/// How many witnesses there are.
pub(crate) const WITNESSES: usize = 4;
static WAKERS: [Fixed<Waker>; WITNESSES] = [const { Fixed::new() }; WITNESSES];

/// A task that never ends and writes `id` down whenever it is polled.
#[zokio_core::task(pool = WITNESSES)]
pub(crate) async fn witness(id: u8) {
    poll_fn(|cx| {
        let waker = &WAKERS[usize::from(id)];
        if !waker.is_set() {
            waker.set(cx.waker().clone());
        }
        log(id);
        Poll::<()>::Pending
    })
    .await;
}

/// Wakes a witness.
pub(crate) fn wake(id: u8) {
    WAKERS[usize::from(id)].get().wake_by_ref();
}

/// Who was woken, by the number of its [`flag_waker`].
pub(crate) static WOKEN: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];

/// A waker that raises a flag of [`WOKEN`]. For what wakes in the thread or in the interrupt.
pub(crate) fn flag_waker(id: usize) -> Waker {
    fn clone(id: *const ()) -> RawWaker {
        RawWaker::new(id, &VTABLE)
    }
    fn wake(id: *const ()) {
        WOKEN[id.addr()].store(true, Ordering::Relaxed);
    }
    static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, |_| {});
    // SAFETY: the pointer is a number and never followed; nothing is counted.
    unsafe { Waker::from_raw(clone(ptr::without_provenance(id))) }
}

/// Wakers of each [`counted_waker`] that there are, by who made and used them: the thread or the interrupt. Each has its own, so that
/// neither counts over the other.
static KEPT: [[AtomicU8; 3]; 2] = [const { [const { AtomicU8::new(0) }; 3] }; 2];
/// Whose the count is.
static SIDE: AtomicUsize = AtomicUsize::new(0);

/// Runs what the interrupt does.
pub(crate) fn in_interrupt(act: impl FnOnce()) {
    SIDE.store(1, Ordering::Relaxed);
    act();
    SIDE.store(0, Ordering::Relaxed);
}

/// Whether every counted waker that was made is gone.
pub(crate) fn is_none_kept() -> bool {
    let count = |side: &[AtomicU8; 3], id: usize| side[id].load(Ordering::Relaxed);
    (0..3).all(|id| count(&KEPT[0], id).wrapping_add(count(&KEPT[1], id)) == 0)
}

/// As [`flag_waker`], and counted.
pub(crate) fn counted_waker(id: usize) -> Waker {
    fn count(id: *const (), change: u8) {
        let kept = &KEPT[SIDE.load(Ordering::Relaxed)][id.addr()];
        kept.store(kept.load(Ordering::Relaxed).wrapping_add(change), Ordering::Relaxed);
    }
    fn clone(id: *const ()) -> RawWaker {
        count(id, 1);
        RawWaker::new(id, &VTABLE)
    }
    fn wake_by_ref(id: *const ()) {
        WOKEN[id.addr()].store(true, Ordering::Relaxed);
    }
    fn drop(id: *const ()) {
        count(id, u8::MAX);
    }
    fn wake(id: *const ()) {
        wake_by_ref(id);
        drop(id);
    }
    static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop);
    // SAFETY: the pointer is a number and never followed; what is counted is counted for a look only.
    unsafe { Waker::from_raw(clone(ptr::without_provenance(id))) }
}

/// A waker that writes `id` down. Only for what wakes in the thread.
pub(crate) fn logging_waker(id: u8) -> Waker {
    // Not unsafe: the pointer is a number.
    fn clone(id: *const ()) -> RawWaker {
        RawWaker::new(id, &VTABLE)
    }
    fn wake(id: *const ()) {
        log(id.addr() as u8);
    }
    static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, |_| {});
    // SAFETY: the pointer is a number and never followed; nothing is counted.
    unsafe { Waker::from_raw(clone(ptr::without_provenance(usize::from(id)))) }
}
