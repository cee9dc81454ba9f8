//! The static part of an executor: what wakers reach.

use super::header::Header;
use super::join::Joiner;
use crate::driver::Unpark;
use crate::list::List;
use crate::lock::Lock;
use crate::loom::{AtomicUsize, Ordering, UnsafeCell};
use crate::queue::{Batch, Inbox};
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::task::{RawWaker, RawWakerVTable, Waker};

/// The queue has or had an executor.
const TAKEN: usize = 1 << 0;
/// The root future of `block_on` was woken.
const ROOT: usize = 1 << 1;
/// One live task.
const LIVE: usize = 1 << 2;

/// The ready queue of one executor and the way to wake it: the only part of an executor that must be `'static`, because
/// wakers outlive whatever they wake.
///
/// Four words on a board. Declare it as a static and give it to
/// [`Executor::new`](crate::executor::Executor::new), once.
///
/// ```
/// use zokio_core::executor::Ready;
/// # #[derive(Clone)] struct Nobody;
/// # impl zokio_core::driver::Unpark for Nobody { fn unpark(&self) {} }
/// static READY: Ready<Nobody> = Ready::new();
/// ```
#[repr(C)]
pub struct Ready<U> {
    core: ReadyCore,
    unparker: UnsafeCell<MaybeUninit<U>>,
}

// SAFETY: the unparker is written once, by whoever took the queue, before anybody can reach it; after that it is only
// read, and it is `Sync`.
unsafe impl<U: Unpark> Sync for Ready<U> {}

impl<U: Unpark> Ready<U> {
    /// An empty queue that no executor owns yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self {
            core: ReadyCore {
                inbox: Inbox::new(),
                joiners: Lock::new(List::new()),
                flags: AtomicUsize::new(0),
                unpark: UnsafeCell::new(None),
            },
            unparker: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Takes the queue for an executor; `None` if it ever had one.
    ///
    /// Once and for all: wakers of a former executor may still be about to reach its unparker.
    #[doc(hidden)]
    pub fn take(&'static self, unparker: U) -> Option<ReadyRef> {
        self.core.flags.compare_exchange(0, TAKEN, Ordering::Acquire, Ordering::Relaxed).ok()?;
        // SAFETY: we took it, so nobody else writes; no waker exists yet, so nobody reads.
        unsafe {
            (*self.unparker.get()).write(unparker);
            *self.core.unpark.get() = if U::NEEDED { Some(Self::unpark) } else { None };
        }
        // `repr(C)` puts `core` first, so a pointer to the whole is one to the core.
        Some(ReadyRef(NonNull::from(self).cast()))
    }

    /// # Safety
    /// `core` came from [`take`](Self::take) of a `Ready<U>`.
    unsafe fn unpark(core: NonNull<ReadyCore>) {
        // SAFETY: the caller's word: it is "the whole".
        unsafe { ReadyRef(core).unparker::<U>() }.unpark();
    }
}

/// What is in front of every [`Ready`], whatever its unparker.
#[doc(hidden)]
pub struct ReadyCore {
    inbox: Inbox<Header>,
    joiners: Lock<List<Joiner>>,
    flags: AtomicUsize,
    unpark: UnsafeCell<Option<Unparked>>,
}

/// Ends the park of the executor whose queue it is given.
type Unparked = unsafe fn(NonNull<ReadyCore>);

// SAFETY: `unpark` is written before the core is shared (see `take`) and only read afterwards; the rest is `Sync` itself.
unsafe impl Sync for ReadyCore {}

/// What a task's header points to: a taken [`Ready`] of any kind.
///
/// *Invariant "the whole":* it points to the `Ready` that the core is the beginning of, static and taken, and may be used
/// for all of it. (A reference to the core could not: it would be one to the core only.)
#[derive(Clone, Copy, PartialEq, Eq)]
#[doc(hidden)]
pub struct ReadyRef(NonNull<ReadyCore>);

// SAFETY: a shared reference to something static and `Sync`.
unsafe impl Send for ReadyRef {}
// SAFETY: as above.
unsafe impl Sync for ReadyRef {}

impl core::ops::Deref for ReadyRef {
    type Target = ReadyCore;
    #[inline]
    fn deref(&self) -> &ReadyCore {
        // SAFETY: "the whole" is static.
        unsafe { self.0.as_ref() }
    }
}

impl ReadyRef {
    /// The queue that tasks are pushed onto.
    #[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
    #[inline]
    pub(crate) fn inbox(&self) -> &Inbox<Header> {
        &self.inbox
    }

    /// The unparker that the queue was taken with.
    ///
    /// # Safety
    /// That is a `U`.
    #[inline]
    pub unsafe fn unparker<U: 'static>(self) -> &'static U {
        // SAFETY: "the whole" is a `Ready<U>` by the caller's word, and static; its unparker was written when it was taken.
        unsafe { (*self.0.cast::<Ready<U>>().as_ref().unparker.get()).assume_init_ref() }
    }

    /// Queues a task and tells the executor.
    ///
    /// # Safety
    /// As [`Inbox::push`].
    #[inline]
    pub unsafe fn push(self, header: NonNull<Header>) {
        // SAFETY: the caller's word.
        if unsafe { self.inbox.push(header) } {
            self.unpark();
        }
    }

    /// Ends the executor's park, if its driver does not look at the queue by itself.
    #[inline]
    pub fn unpark(self) {
        // SAFETY: "the whole" was taken, so `unpark` is set and is only read from now on.
        if let Some(unpark) = unsafe { *self.unpark.get() } {
            // SAFETY: "the whole" is what it asks for.
            unsafe { unpark(self.0) }
        }
    }

    /// [`unpark`](Self::unpark) if `wanted`. Whether there is an unparker is asked first: where there is none, that is all.
    #[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
    #[inline(always)]
    pub(crate) fn unpark_if(self, wanted: bool) {
        #[cold]
        fn wake(ready: ReadyRef, wanted: bool) {
            if wanted {
                ready.unpark();
            }
        }
        // SAFETY: as above.
        if unsafe { *self.unpark.get() }.is_some() {
            wake(self, wanted);
        }
    }

    /// A waker for the root future of `block_on`.
    pub(crate) fn root_waker(self) -> Waker {
        // SAFETY: the vtable's functions do what `RawWakerVTable` asks; the pointer is valid for ever.
        unsafe { Waker::new(self.0.as_ptr().cast_const().cast(), &ROOT_WAKER) }
    }

    pub(crate) fn wake_root(self) {
        // Release: pairs with `take_root`, also when the bit is set already.
        if self.flags.fetch_or(ROOT, Ordering::Release) & ROOT == 0 {
            self.unpark();
        }
    }
}

impl ReadyCore {
    /// Takes the oldest task; see [`Batch::pop`].
    #[inline]
    pub fn pop(&self, batch: &mut Batch<Header>) -> Option<NonNull<Header>> {
        batch.pop(&self.inbox)
    }

    /// Whether no task waits to be taken; those that were, and lie in somebody's batch, do not count.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.inbox.is_empty()
    }

    pub(crate) fn joiners(&self) -> &Lock<List<Joiner>> {
        &self.joiners
    }

    #[inline]
    pub(crate) fn spawned(&self) {
        self.flags.fetch_add(LIVE, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn ended(&self) {
        self.flags.fetch_sub(LIVE, Ordering::Relaxed);
    }

    /// How many tasks have not ended.
    pub fn live(&self) -> usize {
        self.flags.load(Ordering::Relaxed) / LIVE
    }

    /// Whether the root future was woken since the last call.
    #[inline]
    pub(crate) fn take_root(&self) -> bool {
        // Acquire: the root sees what its waker wrote.
        self.flags.load(Ordering::Relaxed) & ROOT != 0 && self.flags.fetch_and(!ROOT, Ordering::Acquire) & ROOT != 0
    }

    #[inline]
    pub(crate) fn is_root_woken(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & ROOT != 0
    }
}

/// Of the wakers of root futures. They point to what is static, at an address that is even by eight.
#[doc(hidden)]
pub static ROOT_WAKER: RawWakerVTable =
    RawWakerVTable::new(|pointer| RawWaker::new(pointer, &ROOT_WAKER), wake_root, wake_root, |_| {});

/// # Safety
/// `pointer` came from [`ReadyRef::root_waker`].
unsafe fn wake_root(pointer: *const ()) {
    // SAFETY: the caller's word: it is "the whole".
    ReadyRef(unsafe { NonNull::new_unchecked(pointer.cast_mut().cast()) }).wake_root();
}
