//! Who searches and who is parked. See "told or seen".

use std::sync::atomic::{AtomicUsize, Ordering, fence};

#[derive(Default)]
pub(super) struct Idle {
    searching: AtomicUsize,
    parked: AtomicUsize,
}

impl Idle {
    /// Whether somebody who has just made a task available should wake a worker.
    #[inline]
    pub(super) fn wants_searcher(&self) -> bool {
        // "Told or seen": pairs with the fences in `park` and `stop_searching`.
        fence(Ordering::SeqCst);
        self.searching.load(Ordering::Relaxed) == 0 && self.parked.load(Ordering::Relaxed) > 0
    }

    /// Counts a searcher, if there is none.
    pub(super) fn begin_alone(&self) -> bool {
        self.searching.compare_exchange(0, 1, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }

    /// Counts a searcher, unless half of the workers search already.
    pub(super) fn begin_searching(&self, workers: usize) -> bool {
        if 2 * self.searching.load(Ordering::Relaxed) >= workers {
            return false;
        }
        self.searching.fetch_add(1, Ordering::SeqCst);
        true
    }

    /// Says whether this was the last searcher. Who has found work then wakes another one; who has not looks again.
    pub(super) fn stop_searching(&self) -> bool {
        let last = self.searching.fetch_sub(1, Ordering::SeqCst) == 1;
        fence(Ordering::SeqCst);
        last
    }

    /// A worker is about to sleep, and has said so on its seat.
    pub(super) fn park(&self) {
        self.parked.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
    }

    /// It will not sleep any more.
    pub(super) fn unparked(&self) {
        self.parked.fetch_sub(1, Ordering::SeqCst);
    }

    /// Whether everybody sleeps.
    pub(super) fn all_parked(&self, workers: usize) -> bool {
        self.parked.load(Ordering::Relaxed) >= workers
    }
}
