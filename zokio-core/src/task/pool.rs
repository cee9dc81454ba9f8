//! Static pools: one exactly sized slot per instance of a task function.
//!
//! A static's type must be named, and the type of an `async fn`'s future cannot be. But its size and alignment can be
//! *computed* by a `const fn` over the function item, so the static is declared as that many bytes, and used as a
//! [`Pool`] of the true type wherever that type can be inferred.

use super::header::{Ending, Header, Vtable};
use super::join::JoinHandle;
use super::label::Label;
use super::ready::ReadyRef;
use super::slot::Slot;
use super::spawn::{Spawn, SpawnError};
use crate::loom::UnsafeCell;
use crate::sentence::require;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// An `async fn` with arguments `Args`.
#[diagnostic::on_unimplemented(
    message = "`#[task]` needs an `async fn` whose arguments live for ever",
    note = "a task outlives its caller: take owned arguments or `&'static` ones, at most 16 of them"
)]
pub trait TaskFn<Args>: Copy {
    /// Its future.
    type Future: Future + 'static;
}

macro_rules! task_fn {
    ($($argument:ident)*) => {
        impl<F, R, $($argument),*> TaskFn<($($argument,)*)> for F
        where
            F: Copy + FnOnce($($argument),*) -> R,
            R: Future + 'static,
        {
            type Future = R;
        }
    };
}
task_fn!();
task_fn!(A);
task_fn!(A B);
task_fn!(A B C);
task_fn!(A B C D);
task_fn!(A B C D E);
task_fn!(A B C D E G);
task_fn!(A B C D E G H);
task_fn!(A B C D E G H I);
task_fn!(A B C D E G H I J);
task_fn!(A B C D E G H I J K);
task_fn!(A B C D E G H I J K L);
task_fn!(A B C D E G H I J K L M);
task_fn!(A B C D E G H I J K L M N);
task_fn!(A B C D E G H I J K L M N O);
task_fn!(A B C D E G H I J K L M N O P);
task_fn!(A B C D E G H I J K L M N O P Q);

/// Slots for `N` tasks of one kind.
#[repr(transparent)]
pub struct Pool<F: Future, const N: usize> {
    slots: [Slot<F>; N],
}

/// Bytes for a pool of `N` tasks of `_function`.
pub const fn pool_size<T: TaskFn<Args>, Args, const N: usize>(_function: T) -> usize {
    const { require(N > 0, "a task pool needs at least one slot: #[task(pool = 1)]") };
    size_of::<Pool<T::Future, N>>()
}

/// Alignment of a pool of tasks of `_function`.
pub const fn pool_align<T: TaskFn<Args>, Args>(_function: T) -> usize {
    align_of::<Slot<T::Future>>()
}

/// The vtable of tasks of `_function`.
pub const fn vtable<T: TaskFn<Args>, Args>(_function: T, name: Label) -> Vtable {
    Slot::<T::Future>::vtable(name, None)
}

/// What handles of tasks of `_function` need.
pub const fn ending<T: TaskFn<Args>, Args>(_function: T, name: Label) -> Ending {
    Slot::<T::Future>::ending(name, None)
}

/// The bytes of a pool, all zero: a free slot's header is zero, and its body is never read.
#[repr(C)]
pub struct PoolBytes<const SIZE: usize, const ALIGN: usize>
where
    Align<ALIGN>: Alignment,
{
    bytes: UnsafeCell<MaybeUninit<[u8; SIZE]>>,
    _align: [<Align<ALIGN> as Alignment>::Unit; 0],
}

// SAFETY: used as a `Pool` only, which is `Sync`.
unsafe impl<const SIZE: usize, const ALIGN: usize> Sync for PoolBytes<SIZE, ALIGN> where Align<ALIGN>: Alignment {}

impl<const SIZE: usize, const ALIGN: usize> PoolBytes<SIZE, ALIGN>
where
    Align<ALIGN>: Alignment,
{
    /// A pool of free slots.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { bytes: UnsafeCell::new(MaybeUninit::zeroed()), _align: [] }
    }

    /// The pool that these bytes are.
    ///
    /// # Safety
    /// Every call on the same bytes is with a function item of the same type.
    pub unsafe fn get<T: TaskFn<Args>, Args, const N: usize>(
        &'static self,
        _function: T,
    ) -> &'static Pool<T::Future, N> {
        const {
            assert!(size_of::<Pool<T::Future, N>>() == SIZE);
            assert!(align_of::<Pool<T::Future, N>>() <= ALIGN);
        }
        // SAFETY: size and alignment were just checked; all-zero headers are free slots, and bodies may be anything;
        // one type per static by the caller's word.
        unsafe { &*self.bytes.get().cast() }
    }
}

/// A number as a type, to turn an alignment into one.
pub struct Align<const N: usize>;

/// A type of a given alignment.
pub trait Alignment {
    /// The type.
    type Unit;
}

macro_rules! alignments {
    ($($name:ident = $align:literal),* $(,)?) => {$(
        #[repr(align($align))]
        pub struct $name;
        impl Alignment for Align<$align> {
            type Unit = $name;
        }
    )*};
}
/// Units of each alignment.
mod units {
    use super::{Align, Alignment};
    alignments!(
        A8 = 8,
        A16 = 16,
        A32 = 32,
        A64 = 64,
        A128 = 128,
        A256 = 256,
        A512 = 512,
        A1024 = 1024,
        A2048 = 2048,
        A4096 = 4096
    );
}

impl<F: Future + 'static, const N: usize> Pool<F, N> {
    /// Free slots, for the model checker, whose headers are not all zero. Programs have a [`PoolBytes`].
    #[cfg(loom)]
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { slots: [const { Slot::new() }; N] }
    }

    /// A task that will live in this pool; `make` makes its future, in place, when it is spawned.
    #[doc(hidden)]
    #[inline]
    pub fn task<M: FnOnce() -> F>(
        &'static self,
        vtable: &'static Vtable,
        ending: &'static Ending,
        make: M,
    ) -> PoolTask<F, M> {
        PoolTask { slots: &self.slots, vtable, ending, make, future: PhantomData }
    }
}

/// A call of a `#[task]` function, to be [spawned](super::Spawner::spawn).
///
/// What such a function returns is used in the example of [`spawn`](super::Spawner::spawn).
#[must_use = "a task does nothing unless spawned"]
pub struct PoolTask<F: Future + 'static, M> {
    slots: &'static [Slot<F>],
    vtable: &'static Vtable,
    ending: &'static Ending,
    make: M,
    // Only the arguments cross threads with the task; the future is made in its slot.
    future: PhantomData<fn() -> F>,
}

// SAFETY: the future is put into a static slot of the pool and started once, for `ready`; the handle is that slot's.
unsafe impl<F: Future + 'static, M: FnOnce() -> F> Spawn for PoolTask<F, M> {
    type Handle = JoinHandle<F::Output>;

    // Inlined, so that a handle which is dropped at once never was: see `Vtable`.
    #[inline(always)]
    unsafe fn start(self, ready: ReadyRef) -> Result<Self::Handle, SpawnError<Self>> {
        match Self::claim(self.slots, self.vtable, self.make, ready) {
            // SAFETY: just claimed and started; the tables are the pool's, so they are for `F`.
            Ok(task) => Ok(unsafe { JoinHandle::new(task, self.ending) }),
            Err(make) => {
                let (name, slots) = (self.vtable.name.name(), self.slots.len());
                Err(SpawnError { task: Self { make, ..self }, name, slots })
            }
        }
    }
}

impl<F: Future + 'static, M: FnOnce() -> F> PoolTask<F, M> {
    /// Starts a task in the first free slot, or gives `make` back.
    fn claim(
        slots: &'static [Slot<F>],
        vtable: &'static Vtable,
        make: M,
        ready: ReadyRef,
    ) -> Result<NonNull<Header>, M> {
        for slot in slots {
            if slot.header().claim() {
                // SAFETY: just claimed; static; the table is for `F`.
                return Ok(unsafe { Slot::start(NonNull::from(slot), ready, vtable, make) });
            }
        }
        Err(make)
    }
}
