//! A lock of one word: taken by one atomic operation, given back by a plain store, and waited for by looking again.
//!
//! What is done under it is so short that whoever waits is nearly always served sooner than a system call would take. A lock
//! that puts threads to sleep needs a second atomic operation, to learn whether somebody sleeps; without contention that is half
//! of its cost. And a thread that looks again at once only takes the cache line away from the one that has it: with a rest
//! between two looks, the core that has the line does several things with it before the other one has its turn.

use crate::loom::{AtomicUsize, Ordering};
use core::cell::UnsafeCell;

/// Data that one thread at a time uses.
pub(crate) struct Lock<T> {
    /// 0 if nobody has it.
    held: AtomicUsize,
    value: UnsafeCell<T>,
}

// SAFETY: invariant "one at a time": only who made `held` 1 comes to the data, until it makes it 0.
unsafe impl<T: Send> Sync for Lock<T> {}

/// Gives the lock back, also if what was done under it panics.
struct Held<'a>(&'a AtomicUsize);

impl Drop for Held<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        // Release: the next one sees what was done.
        self.0.store(0, Ordering::Release);
    }
}

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { held: AtomicUsize::new(0), value: UnsafeCell::new(value) }
    }

    #[inline(always)]
    fn hold(&self) -> Held<'_> {
        if !take(&self.held) {
            wait(&self.held);
        }
        Held(&self.held)
    }

    /// Runs `f` on the data, alone. See "short and closed" in the module's documentation.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let _held = self.hold();
        // SAFETY: "one at a time" (above), and "short and closed": `f` does not come back here.
        f(unsafe { &mut *self.value.get() })
    }

    /// As [`with`](Self::with), but for data that changes through shared references only: other pointers into it stay valid.
    #[inline]
    pub(crate) fn with_ref<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        let _held = self.hold();
        // SAFETY: "one at a time", as in `with`.
        f(unsafe { &*self.value.get() })
    }
}

#[inline(always)]
fn take(held: &AtomicUsize) -> bool {
    held.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
}

#[cold]
#[inline(never)]
fn wait(held: &AtomicUsize) {
    let mut looks = 0;
    loop {
        rest(looks);
        looks += 1;
        // A look does not take the line away from whoever has it.
        if held.load(Ordering::Relaxed) == 0 && take(held) {
            return;
        }
    }
}

/// What is done before another look. The first four rests are less than ten microseconds together. Who then still has the lock was put
/// aside by the system, which is asked to run somebody else; and in the end it sleeps, so that a thread of lower priority
/// comes to run and gives the lock back.
#[cfg(not(loom))]
fn rest(looks: u32) {
    match looks {
        0..4 => (0..16 << looks).for_each(|_| core::hint::spin_loop()),
        4..32 => std::thread::yield_now(),
        _ => std::thread::sleep(core::time::Duration::from_micros(50)),
    }
}

#[cfg(loom)]
fn rest(_: u32) {
    loom::thread::yield_now();
}
