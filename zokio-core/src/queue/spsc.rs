//! A ring between one producer and one consumer.

use super::Full;
use super::line::Line;
use crate::loom::{AtomicUsize, Ordering, Watched};
use crate::sentence::require;
use core::fmt;
use core::mem::MaybeUninit;

/// A bounded queue from one producer to one consumer: an interrupt handler and a task, two threads, two cores.
///
/// Holds exactly `N` values, any `N` from 1; [`split`](Self::split) or [`take`](Self::take) gives the two ends.
///
/// **Progress:** push and pop are wait-free, a fixed number of instructions each, whatever the other end does and
/// wherever it is stopped. They are made of loads and stores only, so also on a chip without compare-and-swap no
/// interrupt is ever masked. **Interrupt-safe:** either end may be in an interrupt handler.
/// **Memory:** `N` values and three words (on machines with 64-bit pointers the ends are on cache lines of their own, 384
/// bytes together). Nothing but zeros before its first use, apart from the values, so that a static costs no flash.
///
/// ```
/// use zokio_core::queue::Spsc;
///
/// static SAMPLES: Spsc<u16, 8> = Spsc::new();
///
/// let (mut interrupt, mut task) = SAMPLES.take().unwrap(); // once
/// interrupt.push(512).unwrap();
/// assert_eq!(task.pop(), Some(512));
/// assert_eq!(task.pop(), None);
/// ```
///
/// A queue without room does not compile:
/// ```compile_fail
/// let queue = zokio_core::queue::Spsc::<u8, 0>::new();
/// ```
pub struct Spsc<T, const N: usize> {
    /// Where the next value goes; written by the producer.
    tail: Line<AtomicUsize>,
    /// Where the oldest value is; written by the consumer.
    head: Line<AtomicUsize>,
    /// Whether the static ends were given out.
    taken: AtomicUsize,
    slots: [Watched<MaybeUninit<T>>; N],
}

// *Invariant "twice around":* positions run from 0 to 2N - 1 and start again, so that a full ring (tail N ahead of head)
// differs from an empty one (tail at head) without a wasted slot, whatever N is.
//
// *Invariant "between the ends":* slots from head up to tail hold values and belong to the consumer, the others belong to
// the producer; a release store of either position passes slots on, and an acquire load of it receives them.

// SAFETY: "between the ends"; values cross from one thread to another.
unsafe impl<T: Send, const N: usize> Send for Spsc<T, N> {}
// SAFETY: as above; there is one producer and one consumer.
unsafe impl<T: Send, const N: usize> Sync for Spsc<T, N> {}

impl<T, const N: usize> Spsc<T, N> {
    /// An empty queue.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const {
            require(N > 0, "a queue of capacity 0 holds nothing: give it at least 1");
            require(N <= usize::MAX / 2, "the capacity is more than half of the address space");
        }
        Self {
            tail: Line(AtomicUsize::new(0)),
            head: Line(AtomicUsize::new(0)),
            taken: AtomicUsize::new(0),
            slots: [const { Watched::new(MaybeUninit::uninit()) }; N],
        }
    }

    /// The two ends, for as long as they borrow the queue. What they leave in it is there for the next ones.
    pub fn split(&mut self) -> (Producer<'_, T, N>, Consumer<'_, T, N>) {
        self.ends()
    }

    /// The two ends of a static queue; `None` if they were taken before.
    pub fn take(&'static self) -> Option<(Producer<'static, T, N>, Consumer<'static, T, N>)> {
        // Nobody else has an end: `split` needs the queue alone, and this is the first `take`.
        (self.taken.swap(1, Ordering::Relaxed) == 0).then(|| self.ends())
    }

    /// How many values fit.
    pub const fn capacity(&self) -> usize {
        N
    }

    fn ends(&self) -> (Producer<'_, T, N>, Consumer<'_, T, N>) {
        // Relaxed: former ends are gone, and whoever saw to that came before.
        let (head, tail) = (self.head.load(Ordering::Relaxed), self.tail.load(Ordering::Relaxed));
        (Producer { queue: self, tail, head }, Consumer { queue: self, head, tail })
    }

    #[inline]
    fn slot(&self, position: usize) -> &Watched<MaybeUninit<T>> {
        let index = if position < N { position } else { position - N };
        // SAFETY: "twice around": positions are below 2N.
        unsafe { self.slots.get_unchecked(index) }
    }

    #[inline]
    fn after(position: usize) -> usize {
        if position == 2 * N - 1 { 0 } else { position + 1 }
    }

    /// How many values are from `head` up to `tail`.
    #[inline]
    fn distance(head: usize, tail: usize) -> usize {
        if tail >= head { tail - head } else { tail + 2 * N - head }
    }
}

impl<T, const N: usize> Drop for Spsc<T, N> {
    fn drop(&mut self) {
        if core::mem::needs_drop::<T>() {
            let (_, mut consumer) = self.ends();
            while consumer.pop().is_some() {}
        }
    }
}

impl<T, const N: usize> fmt::Debug for Spsc<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spsc").field("capacity", &N).finish_non_exhaustive()
    }
}

/// The end of an [`Spsc`] that pushes.
pub struct Producer<'a, T, const N: usize> {
    queue: &'a Spsc<T, N>,
    tail: usize,
    /// Where the consumer was when we last looked: the other end's cache line is touched only when the ring seems full.
    head: usize,
}

impl<T, const N: usize> Producer<'_, T, N> {
    /// Appends `value`. Wait-free, O(1), interrupt-safe.
    ///
    /// # Errors
    /// [`Full`] with the value in it.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), Full<T>> {
        if self.is_full() {
            return Err(Full(value));
        }
        // SAFETY: "between the ends": not full, so the slot at the tail is ours.
        self.queue.slot(self.tail).with_mut(|slot| unsafe { (*slot).write(value) });
        self.tail = Spsc::<T, N>::after(self.tail);
        // Release: the consumer that sees the tail sees the value.
        self.queue.tail.store(self.tail, Ordering::Release);
        Ok(())
    }

    /// Whether there is no room. Only a pop changes that from yes to no.
    #[inline]
    pub fn is_full(&mut self) -> bool {
        Spsc::<T, N>::distance(self.head, self.tail) == N && {
            // Acquire: the consumer is done with the slots that it has left behind.
            self.head = self.queue.head.load(Ordering::Acquire);
            Spsc::<T, N>::distance(self.head, self.tail) == N
        }
    }

    /// How many values fit.
    pub const fn capacity(&self) -> usize {
        N
    }
}

impl<T, const N: usize> fmt::Debug for Producer<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("capacity", &N).finish_non_exhaustive()
    }
}

/// The end of an [`Spsc`] that pops.
pub struct Consumer<'a, T, const N: usize> {
    queue: &'a Spsc<T, N>,
    head: usize,
    /// Where the producer was when we last looked.
    tail: usize,
}

impl<T, const N: usize> Consumer<'_, T, N> {
    /// Takes the oldest value. Wait-free, O(1), interrupt-safe.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        // SAFETY: "between the ends": not empty, so the slot at the head is ours, and holds a value.
        let value = self.queue.slot(self.head).with(|slot| unsafe { (*slot).assume_init_read() });
        self.head = Spsc::<T, N>::after(self.head);
        // Release: the producer that sees the head sees that we are done with the slot.
        self.queue.head.store(self.head, Ordering::Release);
        Some(value)
    }

    /// Whether nothing is there. Only a push changes that from yes to no.
    #[inline]
    pub fn is_empty(&mut self) -> bool {
        self.head == self.tail && {
            // Acquire: the values up to here are written.
            self.tail = self.queue.tail.load(Ordering::Acquire);
            self.head == self.tail
        }
    }

    /// How many values are there; at least as many as this can be popped.
    #[inline]
    pub fn len(&mut self) -> usize {
        self.tail = self.queue.tail.load(Ordering::Acquire);
        Spsc::<T, N>::distance(self.head, self.tail)
    }

    /// How many values fit.
    pub const fn capacity(&self) -> usize {
        N
    }
}

impl<T, const N: usize> fmt::Debug for Consumer<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("capacity", &N).finish_non_exhaustive()
    }
}
