//! Lists of live tasks, so that the end of a runtime reaches all of them.
//!
//! *Invariant "listed while alive":* from its start until its future is dropped a task is in a list. The links of local
//! tasks are touched on the owner's thread only, those of shared ones under the lock of their list; but which lock that is says the
//! number in them, which whoever ends the task reads before, while the lock's owner may be giving the task another neighbour. So links
//! are atomic: every value that is ever in them has the same number.

use super::tasks::{family, table};
use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use zokio_core::task::raw::Header;

/// How many lists a task's links can tell apart: headers are aligned to eight, which leaves three bits in each of two links.
pub(super) const LISTS: usize = 64;
const BITS: usize = 0b111;

/// The neighbours of a task in its list, and the number of the list in the lowest bits of both.
pub(super) struct Links {
    previous: AtomicPtr<Header>,
    next: AtomicPtr<Header>,
}

impl Links {
    /// Those of a task that is in no list yet, but will be in number `list` of them.
    #[inline]
    pub(super) fn new(list: usize) -> Self {
        let bits = |bits: usize| AtomicPtr::new(ptr::without_provenance_mut(bits & BITS));
        Self { previous: bits(list), next: bits(list >> 3) }
    }

    /// The number of its list.
    #[inline]
    pub(super) fn list(&self) -> usize {
        // Relaxed: the number is that of the start, which whoever asks has seen; the address beside it is not looked at.
        let number = |link: &AtomicPtr<Header>| link.load(Ordering::Relaxed).addr() & BITS;
        number(&self.previous) | number(&self.next) << 3
    }
}

/// Local tasks have one list, whose number is 0.
#[inline]
const fn bits<const SHARED: bool>() -> usize {
    if SHARED { BITS } else { 0 }
}

#[inline]
fn get<const SHARED: bool>(link: &AtomicPtr<Header>) -> Option<NonNull<Header>> {
    // Relaxed, here and below: the owner's thread, or the lock, keeps the order.
    NonNull::new(link.load(Ordering::Relaxed).map_addr(|address| address & !bits::<SHARED>()))
}

#[inline]
fn set<const SHARED: bool>(link: &AtomicPtr<Header>, to: Option<NonNull<Header>>) {
    let number = link.load(Ordering::Relaxed).addr() & bits::<SHARED>();
    link.store(to.map_or(ptr::null_mut(), NonNull::as_ptr).map_addr(|address| address | number), Ordering::Relaxed);
}

/// Live tasks, local or shared.
pub(super) struct TaskList {
    first: Cell<Option<NonNull<Header>>>,
    /// For shared tasks: guards the links. The runtime whose tasks are taken in; 0 if none are.
    open: Mutex<u32>,
}

// SAFETY: "listed while alive".
unsafe impl Sync for TaskList {}
// SAFETY: as above.
unsafe impl Send for TaskList {}

impl TaskList {
    pub(super) const fn new() -> Self {
        Self { first: Cell::new(None), open: Mutex::new(0) }
    }

    /// Asks every local task to end; says how many there are. Owner's thread.
    pub(super) fn abort_all(&self) -> usize {
        let mut count = 0;
        let mut at = self.first.get();
        while let Some(header) = at {
            count += 1;
            // SAFETY: "listed while alive"; aborting only queues the task.
            unsafe {
                table(header).abort(header);
                at = get::<true>(&family(header).as_ref().links.next);
            }
        }
        count
    }

    /// Closes the list if no shared task is in it; asks every one to end otherwise. `true` if it is closed.
    pub(super) fn close_or_abort_all(&self) -> bool {
        let mut open = self.lock();
        let closed = self.abort_all() == 0;
        if closed {
            *open = 0;
        }
        closed
    }

    /// Takes in tasks of the runtime `epoch`.
    pub(super) fn open(&self, epoch: u32) {
        *self.lock() = epoch;
    }

    fn lock(&self) -> MutexGuard<'_, u32> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no local task is in it. Owner's thread.
    pub(super) fn has_none(&self) -> bool {
        self.first.get().is_none()
    }

    /// Whether no shared task is in it.
    pub(super) fn is_empty(&self) -> bool {
        let _guard = self.lock();
        self.has_none()
    }

    /// `false` if tasks of `epoch` are not taken in (any is, among local ones): then the task counts as
    /// [unlinked](Self::unlink) already.
    ///
    /// # Safety
    /// `header` is alive and in no list; a local one is on its owner's thread.
    #[inline]
    pub(super) unsafe fn link<const SHARED: bool>(&self, header: NonNull<Header>, epoch: u32) -> bool {
        // SAFETY: the caller's word.
        let links = unsafe { &family(header).as_ref().links };
        let guard = SHARED.then(|| self.lock());
        if guard.as_ref().is_some_and(|open| **open != epoch) {
            // That it is in no list is told by its neighbour.
            set::<SHARED>(&links.previous, Some(header));
            return false;
        }
        let next = self.first.replace(Some(header));
        set::<SHARED>(&links.next, next);
        if let Some(next) = next {
            // SAFETY: "listed while alive".
            set::<SHARED>(unsafe { &family(next).as_ref().links.previous }, Some(header));
        }
        true
    }

    /// # Safety
    /// `header` was given to [`link`](Self::link) of this list; a local one is on its owner's thread.
    #[inline]
    pub(super) unsafe fn unlink<const SHARED: bool>(&self, header: NonNull<Header>) {
        let _guard = SHARED.then(|| self.lock());
        // SAFETY: the caller's word, and "listed while alive" for the neighbours.
        unsafe {
            let links = &family(header).as_ref().links;
            let (previous, next) = (get::<SHARED>(&links.previous), get::<SHARED>(&links.next));
            match previous {
                // It was never taken in.
                Some(itself) if SHARED && itself == header => return,
                Some(previous) => set::<SHARED>(&family(previous).as_ref().links.next, next),
                None => self.first.set(next),
            }
            if let Some(next) = next {
                set::<SHARED>(&family(next).as_ref().links.previous, previous);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_the_list_stays_with_its_links() {
        let mut neighbour = Header::new();
        for number in 0..LISTS {
            let links = Links::new(number);
            assert_eq!((links.list(), get::<true>(&links.previous), get::<true>(&links.next)), (number, None, None));
            set::<true>(&links.previous, Some(NonNull::from(&mut neighbour)));
            set::<true>(&links.next, Some(NonNull::from(&mut neighbour)));
            assert_eq!(get::<true>(&links.next), get::<true>(&links.previous));
            assert_eq!((links.list(), get::<true>(&links.next)), (number, Some(NonNull::from(&mut neighbour))));
            set::<true>(&links.next, None);
            assert_eq!((links.list(), get::<true>(&links.next)), (number, None));
        }
    }
}
