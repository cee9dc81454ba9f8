//! Arenas: slots of a fixed size for any future that fits.

use super::due::Due;
use super::header::{Ending, Header, Vtable};
use super::join::JoinHandle;
use super::label::{Label, TaskKind};
use super::ready::ReadyRef;
use super::slot::{Body, Slot};
use super::spawn::{Spawn, SpawnError};
use crate::loom::{AtomicUsize, UnsafeCell};
use crate::queue::free::{FreeList, Place};
use crate::sentence::{Sentence, require};
use core::marker::PhantomData;
use core::mem::{MaybeUninit, offset_of};
use core::ptr::NonNull;
use core::time::Duration;

/// `SLOTS` places for tasks of up to `BYTES` bytes each (future or output, whichever is larger), aligned to 8.
///
/// For futures that no `#[task]` function names: closures, generic code, a library's own. A future that does not fit is
/// a compile error that tells both sizes. All zero when empty, so a static arena costs no flash.
///
/// Claim and release are lock-free and O(1): a stack of free slots, its top tagged against reuse, and a mark below which
/// slots have been used before.
///
/// ```
/// use zokio_core::task::{Spawner, TaskArena};
///
/// static WORKERS: TaskArena<4, 128> = TaskArena::new();
///
/// fn start(spawner: Spawner, number: u32) {
///     match spawner.spawn(WORKERS.task(async move { number + 1 })) {
///         Ok(handle) => handle.detach(),
///         Err(full) => drop(full.task), // or keep it and try again later
///     }
/// }
/// ```
///
/// A future that is too big does not compile:
/// ```compile_fail
/// # use zokio_core::task::TaskArena;
/// static WORKERS: TaskArena<4, 64> = TaskArena::new();
/// let task = WORKERS.task(async {
///     let big = [0u8; 100];
///     core::future::pending::<()>().await;
///     drop(big);
/// });
/// ```
pub struct TaskArena<const SLOTS: usize, const BYTES: usize> {
    slots: [ArenaSlot<SLOTS, BYTES>; SLOTS],
    free: FreeList,
}

/// What tasks of arenas are unless [`ArenaTask::kind`] says otherwise.
#[doc(hidden)]
pub struct Plain;

impl TaskKind for Plain {
    const NAME: &'static str = "arena task";
}

/// Tasks of the kind `K`, but that each has a deadline of its own.
#[doc(hidden)]
pub struct Each<K>(K);

/// What the label of arena tasks is made of: a [`TaskKind`], or one with deadlines of their own.
#[doc(hidden)]
pub trait Labelled {
    const LABEL: Label;
}

impl<K: TaskKind> Labelled for K {
    const LABEL: Label = Label::of::<K>();
}

impl<K: TaskKind> Labelled for Each<K> {
    // SAFETY: "in front": only `ArenaTask::deadline` makes tasks with it, from a `Due`.
    const LABEL: Label = unsafe { Label::of::<K>().deadline_in_front() };
}

/// A slot: the beginning of a `Slot<F>` for the `F` that lives in it, and what the arena needs behind it.
#[repr(C, align(8))]
struct ArenaSlot<const SLOTS: usize, const BYTES: usize> {
    header: Header,
    body: UnsafeCell<MaybeUninit<[u8; BYTES]>>,
    /// The free list's.
    below: AtomicUsize,
    /// Written by the claimant, for the release.
    arena: UnsafeCell<Option<&'static TaskArena<SLOTS, BYTES>>>,
}

impl<const SLOTS: usize, const BYTES: usize> Place for ArenaSlot<SLOTS, BYTES> {
    #[inline]
    fn below(&self) -> &AtomicUsize {
        &self.below
    }
}

// SAFETY: slots are handed out by the stack, one owner at a time, and from there on the state word rules (see `Slot`).
unsafe impl<const SLOTS: usize, const BYTES: usize> Sync for TaskArena<SLOTS, BYTES> {}

impl<const SLOTS: usize, const BYTES: usize> TaskArena<SLOTS, BYTES> {
    /// An arena of free slots.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const { require(SLOTS > 0, "an arena has at least one slot") };
        Self {
            slots: [const {
                ArenaSlot {
                    header: Header::new(),
                    body: UnsafeCell::new(MaybeUninit::zeroed()),
                    below: AtomicUsize::new(0),
                    arena: UnsafeCell::new(None),
                }
            }; SLOTS],
            free: FreeList::new(),
        }
    }

    /// What a slot takes, its header and the arena's own words included.
    pub(crate) const SLOT_BYTES: usize = size_of::<ArenaSlot<SLOTS, BYTES>>();

    /// `future` as a task of this arena, to be [spawned](super::Spawner::spawn).
    #[inline]
    pub fn task<F: Future + 'static>(&'static self, future: F) -> ArenaTask<F, SLOTS, BYTES> {
        const { Fits::<F, BYTES>::CHECK };
        ArenaTask { arena: self, future, kind: PhantomData }
    }

    /// How many tasks fit.
    pub const fn capacity(&self) -> usize {
        SLOTS
    }

    /// Takes a free slot.
    fn pop(&'static self) -> Option<&'static ArenaSlot<SLOTS, BYTES>> {
        self.slots.get(self.free.take(&self.slots)?)
    }

    /// Gives the slot behind `header` back.
    ///
    /// # Safety
    /// `header` is one of an `ArenaSlot<SLOTS, BYTES>`, and its state word was just brought to 0.
    unsafe fn release(header: NonNull<Header>) {
        // SAFETY: the caller's word; the claimant wrote `arena`.
        let (slot, arena) = unsafe {
            let slot = header.cast::<ArenaSlot<SLOTS, BYTES>>().as_ref();
            let Some(arena) = *slot.arena.get() else { return };
            (slot, arena)
        };
        let offset = core::ptr::from_ref(slot).addr() - arena.slots.as_ptr().addr();
        let index = offset / size_of::<ArenaSlot<SLOTS, BYTES>>();
        arena.free.give(slot, index, FreeList::mask(SLOTS));
    }
}

/// Whether tasks of `F` fit into slots of `BYTES`, checked when the program is compiled.
struct Fits<F, const BYTES: usize>(F);

impl<F: Future, const BYTES: usize> Fits<F, BYTES> {
    const CHECK: () = {
        assert!(align_of::<Body<F>>() <= 8, "the future is aligned to more than the 8 bytes of an arena's slots");
        assert!(offset_of!(ArenaSlot<1, BYTES>, body) == Slot::<F>::BODY || align_of::<Body<F>>() > 8);
        if size_of::<Body<F>>() > BYTES {
            too_big(size_of::<Body<F>>(), BYTES).raise();
        }
    };
}

/// The message of a failed [`Fits`].
const fn too_big(need: usize, have: usize) -> Sentence {
    Sentence::new("this future (or its output) takes ")
        .number(need)
        .text(" bytes; the arena's slots have ")
        .number(have)
        .text(": enlarge TaskArena's BYTES")
}

/// A future that has been fitted to an arena, to be [spawned](super::Spawner::spawn).
///
/// Made by [`TaskArena::task`].
#[must_use = "a task does nothing unless spawned"]
pub struct ArenaTask<F: Future + 'static, const SLOTS: usize, const BYTES: usize, K = Plain> {
    arena: &'static TaskArena<SLOTS, BYTES>,
    future: F,
    // Nothing of a kind crosses threads: it has no value.
    kind: PhantomData<fn() -> K>,
}

impl<F: Future + 'static, const SLOTS: usize, const BYTES: usize, K: Labelled> ArenaTask<F, SLOTS, BYTES, K> {
    const VTABLE: &Vtable = &Slot::<F>::vtable(K::LABEL, Some(TaskArena::<SLOTS, BYTES>::release));
    const ENDING: &Ending = &Slot::<F>::ending(K::LABEL, Some(TaskArena::<SLOTS, BYTES>::release));
}

impl<F: Future + 'static, const SLOTS: usize, const BYTES: usize, K: TaskKind> ArenaTask<F, SLOTS, BYTES, K> {
    /// The future again, of a task that was not spawned because there was no room.
    pub fn into_inner(self) -> F {
        self.future
    }

    /// The same task with the name, the priority and the deadline of a [kind](TaskKind).
    pub fn kind<L: TaskKind>(self, _: L) -> ArenaTask<F, SLOTS, BYTES, L> {
        ArenaTask { arena: self.arena, future: self.future, kind: PhantomData }
    }

    /// The same task with a deadline of its own instead of its kind's: it is to be polled `within` that of each wake-up, under
    /// the [`Deadline`](crate::executor::Deadline) strategy. Kept to the nanosecond, up to 146 years; it takes eight bytes of the
    /// slot.
    ///
    /// Give it a [kind](Self::kind) before.
    ///
    /// ```
    /// use core::time::Duration;
    /// use zokio_core::task::{Spawner, TaskArena};
    ///
    /// static REQUESTS: TaskArena<8, 64> = TaskArena::new();
    ///
    /// fn answer(spawner: Spawner, within: Duration) {
    ///     let task = REQUESTS.task(async { /* … */ }).deadline(within);
    ///     if let Err(full) = spawner.spawn(task) {
    ///         drop(full.task.into_inner());
    ///     }
    /// }
    /// ```
    #[inline]
    pub fn deadline(self, within: Duration) -> ArenaTask<Due<F>, SLOTS, BYTES, Each<K>> {
        const { Fits::<Due<F>, BYTES>::CHECK };
        ArenaTask { arena: self.arena, future: Due::new(within, self.future), kind: PhantomData }
    }
}

impl<F: Future + 'static, const SLOTS: usize, const BYTES: usize, K: TaskKind>
    ArenaTask<Due<F>, SLOTS, BYTES, Each<K>>
{
    /// The future again, of a task that was not spawned because there was no room.
    pub fn into_inner(self) -> F {
        self.future.into_inner()
    }
}

// SAFETY: the future is put into a slot of a static arena and started once, for `ready`; the handle is that slot's.
unsafe impl<F: Future + 'static, const SLOTS: usize, const BYTES: usize, K: Labelled> Spawn
    for ArenaTask<F, SLOTS, BYTES, K>
{
    type Handle = JoinHandle<F::Output>;

    // Inlined, so that a handle which is dropped at once never was: see `Vtable`.
    #[inline(always)]
    unsafe fn start(self, ready: ReadyRef) -> Result<Self::Handle, SpawnError<Self>> {
        match Self::claim(self.arena, self.future, ready) {
            // SAFETY: just claimed and started; the tables are for `F`.
            Ok(task) => Ok(unsafe { JoinHandle::new(task, Self::ENDING) }),
            Err(future) => Err(SpawnError { task: Self { future, ..self }, name: K::LABEL.name(), slots: SLOTS }),
        }
    }
}

impl<F: Future + 'static, const SLOTS: usize, const BYTES: usize, K: Labelled> ArenaTask<F, SLOTS, BYTES, K> {
    /// Starts a task in a free slot, or gives its future back.
    fn claim(arena: &'static TaskArena<SLOTS, BYTES>, future: F, ready: ReadyRef) -> Result<NonNull<Header>, F> {
        let Some(slot) = arena.pop() else { return Err(future) };
        let claimed = slot.header.claim();
        debug_assert!(claimed, "a slot in the stack is free");
        // SAFETY: popped, so ours alone. The table is for `F`; `Fits` says that a `Slot<F>` lies within this slot and that
        // the bodies begin at the same place. The pointer is to the whole slot, which `release` needs.
        Ok(unsafe {
            *slot.arena.get() = Some(arena);
            Slot::start(NonNull::from(slot).cast::<Slot<F>>(), ready, Self::VTABLE, || future)
        })
    }
}
