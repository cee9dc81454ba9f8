//! A ring that one pushes to and others steal from.

use super::line::Line;
use crate::loom::{AtomicPtr, AtomicUsize, Ordering};
use crate::sentence::require;
use core::fmt;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

/// The queue of one worker among several: its owner pushes and pops, thieves take half of what is there at once. First
/// in, first out. `N` is a power of two from 2.
///
/// Items are pointers. The queue does not own what they point to and never follows them.
///
/// **Progress:** push is wait-free. Pop and steal are lock-free: they try again only if somebody else took an item. A
/// thief that was stopped half way keeps nobody from anything, because it has nothing until its one exchange succeeds.
/// **Interrupt-safe:** every end may be at any priority. **Memory:** `N` pointers and two words (on cache lines of their
/// own on machines with 64-bit pointers). **Wrap:** an operation would have to be stopped between two instructions while
/// others move a whole word's range of items (2^32 on a board).
///
/// ```
/// use core::ptr::NonNull;
/// use zokio_core::queue::StealQueue;
///
/// let jobs = [1, 2, 3, 4];
/// let (mut mine, mut other) = (StealQueue::<i32, 4>::new(), StealQueue::<i32, 4>::new());
/// let (mut owner, stealer) = mine.split();
/// for job in &jobs {
///     assert!(owner.push(NonNull::from(job)).is_ok());
/// }
/// let (mut thief, _) = other.split();
/// let (first, taken) = stealer.steal(&mut thief).unwrap();
/// assert_eq!((first, taken), (NonNull::from(&jobs[0]), 2)); // half: one to run at once, the rest in the thief's queue
/// assert_eq!(thief.pop(), Some(NonNull::from(&jobs[1])));
/// assert_eq!(owner.pop(), Some(NonNull::from(&jobs[2])));
/// ```
///
/// ```compile_fail
/// let queue = zokio_core::queue::StealQueue::<i32, 6>::new(); // not a power of two
/// ```
pub struct StealQueue<T, const N: usize> {
    /// Where the oldest item is; moved by the owner and by thieves.
    head: Line<AtomicUsize>,
    /// Where the next item goes; written by the owner only.
    tail: Line<AtomicUsize>,
    slots: [AtomicPtr<T>; N],
}

// *Invariant "head hands out":* the items at positions from head up to tail are in the queue, and whoever moves the head
// over an item has it. The owner writes the slot of a position only when it has seen the head pass the one N before. Every
// change of the head is a read-modify-write that releases: so a thief whose exchange succeeds has read slots that were
// not written again, and whoever sees the head sees a tail that is not behind it.

impl<T, const N: usize> StealQueue<T, N> {
    /// An empty queue.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const { require(N >= 2 && N.is_power_of_two(), "the capacity of a stealing queue is a power of two: 2, 4, 8, ...") }
        Self {
            head: Line(AtomicUsize::new(0)),
            tail: Line(AtomicUsize::new(0)),
            slots: [const { AtomicPtr::new(ptr::null_mut()) }; N],
        }
    }

    /// The owner's end and the thieves', for as long as they borrow the queue.
    pub fn split(&mut self) -> (Owner<'_, T, N>, Stealer<'_, T, N>) {
        (Owner { queue: self }, Stealer { queue: self })
    }

    /// The owner's end of a queue that is shared already. It is only a reference, to be made wherever it is needed.
    ///
    /// # Safety
    /// There is one owner's end at a time, and one comes after the other (in the sense of happens-before).
    pub unsafe fn owner(&self) -> Owner<'_, T, N> {
        Owner { queue: self }
    }

    /// A thieves' end.
    pub fn stealer(&self) -> Stealer<'_, T, N> {
        Stealer { queue: self }
    }

    /// How many items fit.
    pub const fn capacity(&self) -> usize {
        N
    }

    #[inline]
    fn slot(&self, position: usize) -> &AtomicPtr<T> {
        // SAFETY: N is a power of two, so this is below N.
        unsafe { self.slots.get_unchecked(position & (N - 1)) }
    }
}

impl<T, const N: usize> fmt::Debug for StealQueue<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StealQueue").field("capacity", &N).finish_non_exhaustive()
    }
}

/// The owner's end of a [`StealQueue`].
pub struct Owner<'a, T, const N: usize> {
    queue: &'a StealQueue<T, N>,
}

impl<'a, T, const N: usize> Owner<'a, T, N> {
    /// Appends `item`. Wait-free.
    ///
    /// # Errors
    /// When the queue is full, the newer half of it and `item` come back, to be put where everybody takes from; the older
    /// half stays. (The newer half, because what was taken from there lately is older, and would go back and forth.)
    #[inline]
    pub fn push(&mut self, item: NonNull<T>) -> Result<(), Overflow<'_, T, N>> {
        let queue = self.queue;
        let tail = queue.tail.load(Ordering::Relaxed);
        // Acquire: thieves are done with the slots that the head has passed.
        let head = queue.head.load(Ordering::Acquire);
        if tail.wrapping_sub(head) >= N
            && queue.head.compare_exchange(head, tail, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        {
            // All N are ours. The first half's slots are those of the positions from `tail` as well: they are put back by
            // moving the tail, without being touched.
            let kept = tail.wrapping_add(N / 2);
            queue.tail.store(kept, Ordering::Release);
            return Err(Overflow {
                queue,
                next: kept,
                end: tail.wrapping_add(N),
                last: Some(item),
                _owner: PhantomData,
            });
        }
        // There is room: there was, or the exchange failed because a thief has just made some.
        queue.slot(tail).store(item.as_ptr(), Ordering::Relaxed);
        // Release: the thief that sees the tail sees the item, and what it points to.
        queue.tail.store(tail.wrapping_add(1), Ordering::Release);
        Ok(())
    }

    /// Takes the oldest item. Lock-free.
    #[inline]
    pub fn pop(&mut self) -> Option<NonNull<T>> {
        let queue = self.queue;
        let tail = queue.tail.load(Ordering::Relaxed);
        let mut head = queue.head.load(Ordering::Relaxed);
        while head != tail {
            let item = queue.slot(head).load(Ordering::Relaxed);
            // Release: see "head hands out".
            match queue.head.compare_exchange_weak(head, head.wrapping_add(1), Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return NonNull::new(item),
                Err(now) => head = now,
            }
        }
        None
    }

    /// How many items are there; thieves may take some at any time.
    #[inline]
    pub fn len(&self) -> usize {
        let tail = self.queue.tail.load(Ordering::Relaxed);
        tail.wrapping_sub(self.queue.head.load(Ordering::Acquire))
    }

    /// Whether nothing is there.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The thieves' end.
    pub fn stealer(&self) -> Stealer<'a, T, N> {
        Stealer { queue: self.queue }
    }
}

impl<T, const N: usize> fmt::Debug for Owner<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// What did not fit into a [`StealQueue`]: half of what was in it and the new item, oldest first.
///
/// They are in no queue any more: what is not taken from here is lost.
#[must_use = "these items are in no queue any more"]
pub struct Overflow<'a, T, const N: usize> {
    queue: &'a StealQueue<T, N>,
    next: usize,
    end: usize,
    last: Option<NonNull<T>>,
    /// Keeps the owner from writing the slots that are still to be read.
    _owner: PhantomData<&'a mut ()>,
}

impl<T, const N: usize> Iterator for Overflow<'_, T, N> {
    type Item = NonNull<T>;

    #[inline]
    fn next(&mut self) -> Option<NonNull<T>> {
        if self.next == self.end {
            return self.last.take();
        }
        let item = self.queue.slot(self.next).load(Ordering::Relaxed);
        self.next = self.next.wrapping_add(1);
        NonNull::new(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end.wrapping_sub(self.next) + usize::from(self.last.is_some());
        (left, Some(left))
    }
}

impl<T, const N: usize> ExactSizeIterator for Overflow<'_, T, N> {}

impl<T, const N: usize> fmt::Debug for Overflow<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overflow").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// The thieves' end of a [`StealQueue`].
pub struct Stealer<'a, T, const N: usize> {
    queue: &'a StealQueue<T, N>,
}

impl<T, const N: usize> Stealer<'_, T, N> {
    /// Takes the older half (rounded up) of what is there, or as much as `into` has room for and one more. Gives the
    /// oldest, to be run at once, and how many were taken; the others are in `into`. `None` if nothing is there.
    ///
    /// Lock-free, O(items taken).
    pub fn steal<const M: usize>(&self, into: &mut Owner<'_, T, M>) -> Option<(NonNull<T>, usize)> {
        let into_tail = into.queue.tail.load(Ordering::Relaxed);
        let room = M - into.len().min(M);
        loop {
            // Acquire, in this order: the tail is not behind the head ("head hands out"), and the items below it are there.
            let head = self.queue.head.load(Ordering::Acquire);
            let tail = self.queue.tail.load(Ordering::Acquire);
            let len = tail.wrapping_sub(head);
            if len == 0 {
                return None;
            }
            if len > N {
                // The head is older than the tail; having seen this tail, we shall see a newer head.
                continue;
            }
            let count = (len - len / 2).min(room + 1);
            let first = self.queue.slot(head).load(Ordering::Relaxed);
            for offset in 1..count {
                let item = self.queue.slot(head.wrapping_add(offset)).load(Ordering::Relaxed);
                // Beyond the tail of our own queue nobody looks.
                into.queue.slot(into_tail.wrapping_add(offset - 1)).store(item, Ordering::Relaxed);
            }
            // Release: see "head hands out". Only now the items are ours.
            let after = head.wrapping_add(count);
            if self.queue.head.compare_exchange(head, after, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                into.queue.tail.store(into_tail.wrapping_add(count - 1), Ordering::Release);
                return Some((NonNull::new(first)?, count));
            }
        }
    }

    /// How many items were there a moment ago.
    #[inline]
    pub fn len(&self) -> usize {
        // In this order the tail is not behind the head; it may be further ahead than the queue is long.
        let head = self.queue.head.load(Ordering::Acquire);
        self.queue.tail.load(Ordering::Relaxed).wrapping_sub(head).min(N)
    }

    /// Whether nothing was there a moment ago.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T, const N: usize> Clone for Stealer<'_, T, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, const N: usize> Copy for Stealer<'_, T, N> {}

impl<T, const N: usize> fmt::Debug for Stealer<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stealer").field("len", &self.len()).finish_non_exhaustive()
    }
}
