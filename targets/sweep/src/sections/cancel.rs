//! The cancel sweep: a future that waits is dropped at every boundary of what grants it its wish, and the wish is granted at every
//! boundary of the drop. Somebody else waits behind it. What was granted goes to one of them, once, and nobody sleeps through it.
//!
//! What it is done to is in `grants.rs`.
//!
//! *Invariant "one side":* in one run a place is used by the thread alone, or by the interrupt alone until the thread checks.

use super::{Section, ensure};
use crate::machine::Machine;
use crate::witness::{WOKEN, counted_waker, flag_waker, in_interrupt, is_none_kept};
use core::cell::UnsafeCell;
use core::pin::{Pin, pin};
use core::sync::atomic::Ordering;
use core::task::{Context, Poll};

/// Room for something of one side.
pub(super) struct Place<T>(UnsafeCell<Option<T>>);

// SAFETY: "one side".
unsafe impl<T> Sync for Place<T> {}

impl<T> Place<T> {
    pub(super) const fn new() -> Self {
        Self(UnsafeCell::new(None))
    }

    /// Takes what is there, where nothing points to it.
    pub(super) fn take(&self) -> Option<T>
    where
        T: Unpin,
    {
        // SAFETY: "one side".
        unsafe { (*self.0.get()).take() }
    }

    /// Drops what is there.
    #[inline(never)]
    pub(super) fn clear(&self) {
        // SAFETY: "one side". What is pinned here is dropped here.
        unsafe { *self.0.get() = None };
    }

    pub(super) fn is_empty(&self) -> bool {
        // SAFETY: "one side".
        unsafe { (*self.0.get()).is_none() }
    }

    /// What is there, for a future that borrows it and is in a place of the same side.
    ///
    /// # Safety
    /// Static, and nothing else borrows it.
    ///
    /// # Panics
    /// If there is nothing.
    #[allow(clippy::mut_from_ref, reason = "the caller's word")]
    pub(super) unsafe fn lend(&'static self) -> &'static mut T {
        // SAFETY: the caller's word; "one side".
        unsafe { (*self.0.get()).as_mut() }.expect("something to lend")
    }

    pub(super) fn put(&self, value: T) {
        // SAFETY: "one side".
        unsafe { *self.0.get() = Some(value) };
    }
}

impl<F: Future> Place<F> {
    /// Polls what is there, whose wakers raise flag `id`.
    pub(super) fn poll(&self, id: usize) -> Poll<F::Output> {
        self.poll_with(&mut Context::from_waker(&flag_waker(id)))
    }

    /// Polls what is there.
    pub(super) fn poll_with(&self, cx: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: "one side"; static, and nothing moves out of it.
        let future = unsafe { (*self.0.get()).as_mut().map(|future| Pin::new_unchecked(future)) };
        match future {
            Some(future) => future.poll(cx),
            None => Poll::Pending,
        }
    }
}

/// The one that gives up, and the one behind it.
pub(super) struct Queue<F> {
    pub(super) first: Place<F>,
    pub(super) second: Place<F>,
}

impl<F> Queue<F> {
    pub(super) const fn new() -> Self {
        Self { first: Place::new(), second: Place::new() }
    }
}

const FIRST: usize = 0;
const SECOND: usize = 1;
const THIRD: usize = 2;

/// Something that many wait for and one gets at a time.
pub(super) trait Granted: 'static {
    /// What the sections are called: the drop is interrupted, or the grant.
    const NAMES: [&'static str; 2];
    /// Who waits for it.
    type Wait: Future + 'static;

    /// Where they wait.
    fn queue() -> &'static Queue<Self::Wait>;

    /// Sees to it that there is none to be had.
    fn exhaust();

    /// Begins to wait.
    fn wait() -> Self::Wait;

    /// Grants it to one.
    fn grant();

    /// Takes it back from whoever got it; whether it is the right thing.
    fn take_back(granted: <Self::Wait as Future>::Output) -> bool;
}

/// Polls what is in `place`, with the counted waker `id`.
pub(super) fn poll<F: Future>(place: &Place<F>, id: usize) -> Poll<F::Output> {
    place.poll_with(&mut Context::from_waker(&counted_waker(id)))
}

/// Both wait.
fn prepare<G: Granted>() {
    let queue = G::queue();
    for place in [&queue.first, &queue.second] {
        place.clear();
    }
    G::exhaust();
    for (place, id) in [(&queue.first, FIRST), (&queue.second, SECOND)] {
        place.put(G::wait());
        assert!(poll(place, id).is_pending(), "there is one to be had");
    }
    WOKEN.iter().for_each(|woken| woken.store(false, Ordering::Relaxed));
}

/// The first is gone, one may have been granted: then the second has it, and nobody else.
fn check<G: Granted>(granted: bool) -> Result<(), &'static str> {
    let queue = G::queue();
    queue.first.clear();
    let woken = WOKEN[SECOND].load(Ordering::Relaxed);
    match poll(&queue.second, SECOND) {
        Poll::Ready(output) => {
            ensure(granted, "something was granted twice, or by nobody")?;
            ensure(woken, "the one behind was not woken for what it got")?;
            ensure(G::take_back(output), "what was granted was changed")?;
        }
        Poll::Pending => ensure(!granted, "what was granted was lost with the one that gave up")?,
    }
    queue.second.clear();
    let third = pin!(G::wait()).poll(&mut Context::from_waker(&counted_waker(THIRD)));
    ensure(third.is_pending(), "something was granted twice")?;
    ensure(is_none_kept(), "a waker was used twice or forgotten")
}

/// The one that waits gives up; the interrupt grants.
pub(super) const fn dropped<M: Machine, G: Granted>() -> Section<M> {
    Section {
        name: G::NAMES[0],
        prepare: |stage| {
            stage.clear();
            prepare::<G>();
        },
        run: |_| G::queue().first.clear(),
        interrupt: || in_interrupt(G::grant),
        check: |_, landed| check::<G>(landed.is_some()),
    }
}

/// One is granted; the interrupt drops the one that waits.
pub(super) const fn granted<M: Machine, G: Granted>() -> Section<M> {
    Section {
        name: G::NAMES[1],
        prepare: |stage| {
            stage.clear();
            prepare::<G>();
        },
        run: |_| G::grant(),
        interrupt: || in_interrupt(|| G::queue().first.clear()),
        check: |_, _| check::<G>(true),
    }
}

/// Something that one waits for, and that stays until somebody takes it.
pub(super) trait Kept: 'static {
    /// As in [`Granted`].
    const NAMES: [&'static str; 2];
    /// Who waits for it.
    type Wait: Future + 'static;

    /// Where it waits.
    fn place() -> &'static Place<Self::Wait>;

    /// Begins to wait.
    fn wait() -> Self::Wait;

    /// Brings it.
    fn bring();
}

fn prepare_kept<K: Kept>() {
    K::place().clear();
    K::place().put(K::wait());
    assert!(poll(K::place(), FIRST).is_pending(), "there is one");
}

/// Who waited is gone: if it was brought, whoever comes next has it, and then nobody.
fn check_kept<K: Kept>(brought: bool) -> Result<(), &'static str> {
    K::place().clear();
    let next = || pin!(K::wait()).poll(&mut Context::from_waker(&counted_waker(THIRD))).is_ready();
    ensure(next() == brought, "what was brought was lost with the one that gave up")?;
    ensure(!next(), "something was brought twice")?;
    ensure(is_none_kept(), "a waker was used twice or forgotten")
}

/// The one that waits gives up; the interrupt brings what it waited for.
pub(super) const fn dropped_alone<M: Machine, K: Kept>() -> Section<M> {
    Section {
        name: K::NAMES[0],
        prepare: |stage| {
            stage.clear();
            prepare_kept::<K>();
        },
        run: |_| K::place().clear(),
        interrupt: || in_interrupt(K::bring),
        check: |_, landed| check_kept::<K>(landed.is_some()),
    }
}

/// It is brought; the interrupt drops the one that waits.
pub(super) const fn brought<M: Machine, K: Kept>() -> Section<M> {
    Section {
        name: K::NAMES[1],
        prepare: |stage| {
            stage.clear();
            prepare_kept::<K>();
        },
        run: |_| K::bring(),
        interrupt: || in_interrupt(|| K::place().clear()),
        check: |_, _| check_kept::<K>(true),
    }
}
