//! Plans of the cancel sweeps: who waits before and behind the one that gives up, and when it does.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A waker that notes that it was called.
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A future that is polled when it was woken, and first of all.
pub struct Waiter<F> {
    future: Pin<Box<F>>,
    bell: Arc<Bell>,
    pub over: bool,
}

impl<F: Future> Waiter<F> {
    pub fn new(future: F) -> Self {
        Self { future: Box::pin(future), bell: Arc::new(Bell(AtomicBool::new(true))), over: false }
    }

    /// Its output, if it was woken and has one.
    pub fn turn(&mut self) -> Option<F::Output> {
        if self.over || !self.bell.0.swap(false, Ordering::Relaxed) {
            return None;
        }
        self.poll()
    }

    pub fn poll(&mut self) -> Option<F::Output> {
        match self.future.as_mut().poll(&mut Context::from_waker(&Waker::from(self.bell.clone()))) {
            Poll::Ready(output) => {
                self.over = true;
                Some(output)
            }
            Poll::Pending => None,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub before: usize,
    pub behind: usize,
    /// How often the victim is polled before it is dropped.
    pub polls: usize,
    /// After how many of its polls the grants come; `polls` is right before the drop.
    pub at: usize,
    pub grants: usize,
}

/// Every plan with at most `grants` grants while the victim lives.
pub fn plans(grants: usize) -> impl Iterator<Item = Plan> {
    let sizes = (0..3).flat_map(|before| (0..3).map(move |behind| (before, behind)));
    let times = (0..4).flat_map(|polls| (0..=polls).map(move |at| (polls, at)));
    sizes.flat_map(move |(before, behind)| {
        let times = times.clone();
        (0..=grants)
            .flat_map(move |grants| times.clone().map(move |(polls, at)| Plan { before, behind, polls, at, grants }))
    })
}

/// Carries out `plan`. `grant` lets one go, and says whether there was one to grant; `done` takes what a waiter got.
pub fn carry_out<F: Future>(plan: Plan, make: impl Fn() -> F, grant: impl Fn() -> bool, done: impl Fn(F::Output)) {
    let (granted, taken) = (Cell::new(0), Cell::new(0));
    let give = || granted.set(granted.get() + usize::from(grant()));
    let took = |output| {
        taken.set(taken.get() + 1);
        done(output);
    };

    let mut others: Vec<_> = (0..plan.before).map(|_| Waiter::new(make())).collect();
    for waiter in &mut others {
        assert!(waiter.turn().is_none(), "{plan:?}: there was nothing to wait for");
    }
    let mut victim = Waiter::new(make());
    for polled in 0..=plan.polls {
        if polled == plan.at {
            (0..plan.grants).for_each(|_| give());
        }
        if polled < plan.polls && !victim.over {
            victim.poll().map(took);
        }
        if polled == 0 {
            // Behind it in the queue, if it is in the queue.
            for _ in 0..plan.behind {
                let mut waiter = Waiter::new(make());
                waiter.turn().map(took);
                others.push(waiter);
            }
        }
    }
    drop(victim);

    // Those who were woken run; then one more is let go at a time, until all are.
    loop {
        // In the order opposite to theirs, so that it is the primitive that keeps the order.
        others.iter_mut().rev().for_each(|waiter| {
            waiter.turn().map(took);
        });
        let over = others.iter().take_while(|waiter| waiter.over).count();
        let early = others.iter().skip(over).any(|waiter| waiter.over);
        assert!(!early, "{plan:?}: one overtook another");
        if over == others.len() {
            break;
        }
        assert_eq!(taken.get(), granted.get(), "{plan:?}: a grant was lost, or given twice");
        give();
        assert_eq!(granted.get(), taken.get() + 1, "{plan:?}: there was nothing left to grant");
    }
    drop(others);

    // Who comes last finds what is left, or waits and is let go.
    let mut last = Waiter::new(make());
    let found = last.turn().map(took).is_some();
    if !found {
        assert_eq!(taken.get(), granted.get(), "{plan:?}: what was left over is gone");
        give();
        assert!(last.turn().map(took).is_some(), "{plan:?}: nobody can be let go any more");
    }
    assert!(taken.get() <= granted.get(), "{plan:?}: more were let go than there were grants");
}
