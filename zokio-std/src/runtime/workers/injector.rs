//! The queue for tasks from elsewhere: pushed to by anybody, without a lock; taken from by workers, one at a time.

use super::PoolUnparker;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, TryLockError};
use zokio_core::executor::Ready;
use zokio_core::queue::Owner;
use zokio_core::queue::raw::Batch;
use zokio_core::task::raw::{Header, ReadyRef};

/// How many tasks a worker takes at once.
const SHARE: usize = 32;

/// An inbox, of which a worker takes everything at once, and what was taken and not yet shared out.
pub(super) struct Injector {
    ready: Ready<PoolUnparker>,
    taken: Mutex<Taken>,
    /// Whether anything lies in `taken`.
    rest: AtomicBool,
}

struct Taken {
    batch: Batch<Header>,
    inbox: Option<ReadyRef>,
}

// SAFETY: the batch is reached under the lock, and tasks in it may run anywhere.
unsafe impl Sync for Injector {}
// SAFETY: as above.
unsafe impl Send for Injector {}

impl Injector {
    pub(super) const fn new() -> Self {
        let taken = Mutex::new(Taken { batch: Batch::new(), inbox: None });
        Self { ready: Ready::new(), taken, rest: AtomicBool::new(false) }
    }

    /// Prepares the injector, once; whoever pushes into what is returned ends a park by `unparker`.
    pub(super) fn take(&'static self, unparker: PoolUnparker) -> ReadyRef {
        let Some(inbox) = self.ready.take(unparker) else { unreachable!("taken once, when the pool is made") };
        if let Ok(mut taken) = self.taken.lock() {
            taken.inbox = Some(inbox);
        }
        inbox
    }

    /// Whether nothing is there; what another worker is taking at the moment may count or not.
    #[inline]
    pub(super) fn is_empty(&self, inbox: ReadyRef) -> bool {
        !self.rest.load(Ordering::Relaxed) && inbox.is_empty()
    }

    /// Takes the oldest task, and some more into `ring`; says whether more are left. `None` if nothing is there, or another
    /// worker is taking at this moment.
    pub(super) fn share<const N: usize>(&self, ring: &mut Owner<'_, Header, N>) -> Option<(NonNull<Header>, bool)> {
        let mut taken = match self.taken.try_lock() {
            Ok(taken) => taken,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let Taken { batch, inbox } = &mut *taken;
        let inbox = (*inbox)?;
        let first = inbox.pop(batch)?;
        let room = SHARE.min(N - ring.len().min(N));
        for _ in 1..room {
            let Some(header) = inbox.pop(batch) else { break };
            // There is room: thieves only make more.
            if let Err(overflow) = ring.push(header) {
                // SAFETY: taken out of the ring just now, by us.
                overflow.for_each(|header| unsafe { inbox.push(header) });
            }
        }
        let rest = !batch.is_empty();
        self.rest.store(rest, Ordering::Relaxed);
        Some((first, rest || !inbox.is_empty()))
    }
}
