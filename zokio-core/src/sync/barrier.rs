//! Several tasks that go on together.

use super::crowd::{Crowd, Crowded, Seat, wake_before};
use crate::lock::Lock;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

/// Lets nobody go on until all have come; then begins anew for the next round.
///
/// ```
/// use zokio_core::sync::Barrier;
///
/// static CALIBRATED: Barrier = Barrier::new(3);
///
/// async fn sensor(calibrate: impl Future<Output = ()>) {
///     calibrate.await;
///     if CALIBRATED.wait().await.is_leader() {
///         // one of the three says so
///     }
/// }
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # let (mut a, mut b, mut c) = (Box::pin(sensor(async {})), Box::pin(sensor(async {})), Box::pin(sensor(async {})));
/// # assert!(a.as_mut().poll(&mut cx).is_pending() && b.as_mut().poll(&mut cx).is_pending());
/// # assert!(c.as_mut().poll(&mut cx).is_ready() && a.as_mut().poll(&mut cx).is_ready());
/// ```
pub struct Barrier {
    state: Lock<State>,
    count: usize,
}

struct State {
    /// *Invariant "here":* how many wait in this round of the crowd; fewer than the barrier's count.
    arrived: usize,
    crowd: Crowd,
}

impl Crowded for State {
    fn crowd(&mut self) -> &mut Crowd {
        &mut self.crowd
    }
}

/// What [`Barrier::wait`] says when all have come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BarrierWaitResult {
    leader: bool,
}

impl BarrierWaitResult {
    /// Whether this was the task that came last; exactly one of each round is.
    pub fn is_leader(&self) -> bool {
        self.leader
    }
}

impl Barrier {
    /// A barrier for `count` tasks; with 0 or 1 nobody ever waits.
    pub const fn new(count: usize) -> Self {
        Self { state: Lock::new(State { arrived: 0, crowd: Crowd::new() }), count }
    }

    /// Waits until `count` tasks have come, this one included. It has come when its future is first polled.
    ///
    /// **Cancel safety:** dropping the future before all have come takes the task out of the count; after that the others
    /// go on all the same. **Wake-up:** once, by the last. **Complexity:** O(1), for the last O(count), with the lock
    /// released between any two. **Interrupt-safe.**
    pub const fn wait(&self) -> BarrierWait<'_> {
        BarrierWait { seat: Seat::new(&self.state), place: Place { barrier: self, round: None } }
    }
}

pin_project_lite::pin_project! {
    /// Waits for the others; see [`Barrier::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct BarrierWait<'a> {
        // Dropped first: out of the count, then out of the crowd.
        place: Place<'a>,
        #[pin]
        seat: Seat<'a, State>,
    }
}

/// A task's part of the count.
struct Place<'a> {
    barrier: &'a Barrier,
    /// The round that it came in, until all have come.
    round: Option<u32>,
}

impl Future for BarrierWait<'_> {
    type Output = BarrierWaitResult;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Place { barrier, round } = this.place;
        let last = ready!(this.seat.poll(cx, |state| {
            if let Some(came) = *round {
                // Another round has begun, so all came in this one.
                return (came != state.crowd.round()).then_some(None);
            }
            if state.arrived + 1 >= barrier.count {
                state.arrived = 0;
                return Some(Some(state.crowd.advance()));
            }
            state.arrived += 1;
            *round = Some(state.crowd.round());
            None
        }));
        if let Some(next) = last {
            wake_before(&barrier.state, next);
        }
        Poll::Ready(BarrierWaitResult { leader: last.is_some() })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Some(came) = self.round else { return };
        self.barrier.state.with(|state| state.arrived -= usize::from(state.crowd.round() == came));
    }
}
