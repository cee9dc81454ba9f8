//! A pool: a fixed number of places for values of one type, instead of a heap.

use crate::loom::{AtomicUsize, Ordering, Watched};
use crate::queue::free::{FreeList, Place};
use crate::sentence::require;
use core::fmt;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::{Deref, DerefMut};

/// Room for `N` values of type `T`; what [`alloc`](Self::alloc) returns is the value's owner, and gives the room back
/// when it is dropped.
///
/// For buffers, messages, connections: what would be a `Box` where there is a heap. A static pool gives owners that live as
/// long as they please; any other pool gives owners that borrow it.
///
/// **Progress:** lock-free, O(1). Whoever is stopped half way keeps nobody else from taking or giving back, and no place
/// is handed out twice (the free list's top carries a tag; with 4 places on a 32-bit machine, a take would have to be
/// stopped between two instructions while others complete exactly 2^29). **Interrupt-safe**, at any priority.
/// **Memory:** `N` values, a word for each, and three words. Nothing but zeros before its first use, apart from the
/// values, so that a static pool costs no flash.
///
/// ```
/// use zokio_core::pool::{Pool, Pooled};
///
/// static BUFFERS: Pool<[u8; 64], 2> = Pool::new();
///
/// let mut first: Pooled<'static, [u8; 64]> = BUFFERS.alloc([0; 64]).unwrap();
/// first[0] = 7;
/// let second = BUFFERS.alloc([1; 64]).unwrap();
/// assert!(BUFFERS.alloc([2; 64]).is_err());
/// drop((first, second));
/// assert_eq!((BUFFERS.in_use(), BUFFERS.high_water(), BUFFERS.misses()), (0, 2, 1));
/// ```
///
/// ```compile_fail
/// let pool = zokio_core::pool::Pool::<u8, 0>::new(); // no room for anything
/// ```
pub struct Pool<T, const N: usize> {
    list: FreeList,
    misses: AtomicUsize,
    slots: [Slot<T>; N],
}

/// A place for one value.
///
/// *Invariant "taken is owned":* between take and give of the free list a slot belongs to one `Reserved`, and a `Pooled`
/// around it says that the value is there.
struct Slot<T> {
    /// The free list's; and while the slot is taken, its own number and [`TAKEN`].
    word: AtomicUsize,
    value: Watched<MaybeUninit<T>>,
}

/// In a slot's word: somebody has it. The highest bit, which no number has.
const TAKEN: usize = !(usize::MAX >> 1);

impl<T> Place for Slot<T> {
    #[inline]
    fn below(&self) -> &AtomicUsize {
        &self.word
    }
}

// SAFETY: "taken is owned": a value is reached through its owner only, and the owner is `Send` or `Sync` if the value is.
unsafe impl<T, const N: usize> Send for Pool<T, N> {}
// SAFETY: as above.
unsafe impl<T, const N: usize> Sync for Pool<T, N> {}

impl<T, const N: usize> Pool<T, N> {
    /// A pool with nothing in it.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const {
            require(N > 0, "a pool of 0 places has room for nothing: give it at least 1");
            require(N < TAKEN, "the pool has more places than the address space has room for");
        }
        Self {
            list: FreeList::new(),
            misses: AtomicUsize::new(0),
            slots: [const { Slot { word: AtomicUsize::new(0), value: Watched::new(MaybeUninit::uninit()) } }; N],
        }
    }

    /// Puts `value` into a free place. Lock-free, O(1), interrupt-safe.
    ///
    /// # Errors
    /// [`Exhausted`] with the value in it where no place is free.
    #[inline]
    pub fn alloc(&self, value: T) -> Result<Pooled<'_, T>, Exhausted<T>> {
        match self.reserve() {
            Some(slot) => Ok(slot.fill(value)),
            None => Err(Exhausted(value)),
        }
    }

    /// Puts what `make` makes into a free place; calls it only if there is one. Lock-free, O(1), interrupt-safe.
    ///
    /// For values that are expensive to make, or too large to be moved about. `None` where no place is free.
    #[inline]
    pub fn alloc_with(&self, make: impl FnOnce() -> T) -> Option<Pooled<'_, T>> {
        // A `make` that panics gives the place back.
        self.reserve().map(|slot| slot.fill(make()))
    }

    #[inline]
    fn reserve(&self) -> Option<Reserved<'_, T>> {
        let Some(index) = self.list.take(&self.slots) else {
            self.misses.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let slot = self.slots.get(index)?;
        slot.word.store(TAKEN | index, Ordering::Relaxed);
        Some(Reserved { slot, list: &self.list, mask: FreeList::mask(N) })
    }

    /// How many values fit.
    pub const fn capacity(&self) -> usize {
        N
    }

    /// How many places are taken. O([`high_water`](Self::high_water)): counted when asked, so that it costs nothing before.
    /// Exact if nobody takes or gives back meanwhile.
    pub fn in_use(&self) -> usize {
        let used = self.slots.iter().take(self.list.high_water());
        used.filter(|slot| slot.word.load(Ordering::Relaxed) & TAKEN != 0).count()
    }

    /// How many places were ever taken at one moment: what the pool's size must at least be.
    pub fn high_water(&self) -> usize {
        self.list.high_water()
    }

    /// How often no place was free (wraps with the word).
    pub fn misses(&self) -> usize {
        self.misses.load(Ordering::Relaxed)
    }
}

impl<T, const N: usize> fmt::Debug for Pool<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("capacity", &N)
            .field("in_use", &self.in_use())
            .field("high_water", &self.high_water())
            .field("misses", &self.misses())
            .finish()
    }
}

/// A slot that was taken; gives it back when dropped.
struct Reserved<'a, T> {
    slot: &'a Slot<T>,
    list: &'a FreeList,
    mask: usize,
}

impl<'a, T> Reserved<'a, T> {
    #[inline]
    fn fill(self, value: T) -> Pooled<'a, T> {
        // SAFETY: "taken is owned".
        self.slot.value.with_mut(|slot| unsafe { (*slot).write(value) });
        Pooled { reserved: self }
    }
}

impl<T> Drop for Reserved<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let index = self.slot.word.load(Ordering::Relaxed) & self.mask;
        self.list.give(self.slot, index, self.mask);
    }
}

/// A value in a [`Pool`], owned like a `Box`: three words, whatever is in it.
pub struct Pooled<'a, T> {
    reserved: Reserved<'a, T>,
}

// SAFETY: "taken is owned": this is the value's only owner; the free list is `Sync`.
unsafe impl<T: Send> Send for Pooled<'_, T> {}
// SAFETY: `&Pooled` gives `&T` only.
unsafe impl<T: Sync> Sync for Pooled<'_, T> {}

impl<T> Pooled<'_, T> {
    /// The value; the place is free again.
    pub fn into_inner(self) -> T {
        let this = ManuallyDrop::new(self);
        // SAFETY: "taken is owned"; read once, because `this` is not dropped.
        let value = this.reserved.slot.value.with(|slot| unsafe { (*slot).assume_init_read() });
        // SAFETY: read once as well, and dropped here.
        drop(unsafe { core::ptr::read(&this.reserved) });
        value
    }
}

impl<T> Deref for Pooled<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: "taken is owned".
        self.reserved.slot.value.with(|slot| unsafe { (*slot).assume_init_ref() })
    }
}

impl<T> DerefMut for Pooled<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: "taken is owned".
        self.reserved.slot.value.with_mut(|slot| unsafe { (*slot).assume_init_mut() })
    }
}

impl<T> Drop for Pooled<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // The place is given back after this, also if the value's destructor panics.
        // SAFETY: "taken is owned".
        self.reserved.slot.value.with_mut(|slot| unsafe { (*slot).assume_init_drop() });
    }
}

impl<T: fmt::Debug> fmt::Debug for Pooled<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T: fmt::Display> fmt::Display for Pooled<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

/// A pool has no free place. The value comes back.
///
/// ```
/// use zokio_core::pool::{Exhausted, Pool};
/// static ONE: Pool<u8, 1> = Pool::new();
/// let _taken = ONE.alloc(1);
/// let Err(Exhausted(two)) = ONE.alloc(2) else { panic!("there is one place") };
/// assert_eq!(two, 2);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Exhausted<T>(pub T);

impl<T> fmt::Display for Exhausted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("every place of the pool is taken; wait until one is given back, or give it more")
    }
}

impl<T> fmt::Debug for Exhausted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exhausted(..)")
    }
}

impl<T> core::error::Error for Exhausted<T> {}
