//! The latest value, to everybody.

mod changed;
mod latest;

pub use changed::{Changed, Watcher};

use super::Closed;
use super::crowd::{Crowd, Crowded, Seat, wake_before};
use super::loan::Loan;
use crate::lock::Lock;
use core::future::poll_fn;
use core::pin::pin;
use latest::Latest;

/// A value that changes, and that any number of tasks watch: each learns the latest, none need see every one.
///
/// For a state of which only the present matters, with many who act on it: a configuration, the link's state, a
/// measurement. To one waiter, [`Signal`](super::Signal) does; where every value matters, [`Broadcast`](super::Broadcast).
///
/// What runs foreign code on the value (a clone, a closure) does so unlocked, and borrows the value for that moment;
/// others who want it then wait. A [`send`](Self::send) never waits: the value that it replaces is dropped by whoever has
/// borrowed it.
///
/// ```
/// use zokio_core::sync::Watch;
///
/// static SPEED: Watch<u32> = Watch::new(0);
///
/// async fn steer(mut set: impl FnMut(u32)) {
///     let mut speed = SPEED.watcher();
///     set(SPEED.get());
///     while let Ok(changed) = speed.changed().await {
///         set(changed);
///     }
/// }
/// # let mut seen = Vec::new();
/// # let mut task = Box::pin(steer(|speed| seen.push(speed)));
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert!(task.as_mut().poll(&mut cx).is_pending());
/// # for speed in 1..=3 { SPEED.send(speed).unwrap() }
/// # SPEED.close();
/// # assert!(task.as_mut().poll(&mut cx).is_ready());
/// # drop(task);
/// # assert_eq!(seen, [0, 3]);
/// ```
pub struct Watch<T> {
    state: Lock<State<T>>,
}

struct State<T> {
    latest: Latest<T>,
    /// Counts the values, wrapping.
    version: u32,
    closed: bool,
    /// Somebody waits for the value while it is lent.
    wanted: bool,
    crowd: Crowd,
}

impl<T> Crowded for State<T> {
    fn crowd(&mut self) -> &mut Crowd {
        &mut self.crowd
    }
}

impl<T> State<T> {
    /// Borrows the value; `None` if somebody else has it, and says that it is wanted.
    fn borrow(&mut self) -> Option<(T, u32)> {
        match self.latest.lend() {
            Some(value) => Some((value, self.version)),
            None => {
                self.wanted = true;
                None
            }
        }
    }
}

impl<T> Watch<T> {
    /// Open, with a first value.
    pub const fn new(value: T) -> Self {
        let latest = Latest::new(value);
        Self { state: Lock::new(State { latest, version: 0, closed: false, wanted: false, crowd: Crowd::new() }) }
    }

    /// Changes the value, and wakes everybody who waits for that.
    ///
    /// O(waiters), the lock is released between any two; interrupt-safe. Never waits.
    ///
    /// # Errors
    /// [`Closed`] with the value in it.
    pub fn send(&self, value: T) -> Result<(), Closed<T>> {
        let (old, round) = self.state.with(|state| {
            if state.closed {
                return Err(Closed(value));
            }
            state.version = state.version.wrapping_add(1);
            Ok((state.latest.replace(value), state.crowd.advance()))
        })?;
        wake_before(&self.state, round);
        drop(old);
        Ok(())
    }

    /// A copy of the latest value, also while it is borrowed.
    ///
    /// O(size of the value), interrupt-safe. For types that are not `Copy` there is [`view`](Self::view).
    pub fn get(&self) -> T
    where
        T: Copy,
    {
        self.state.with(|state| state.latest.copy())
    }

    /// Looks at the latest value, as soon as nobody else does.
    ///
    /// **Cancel safety:** `look` runs in the poll that returns its result, or never. **Wake-up:** once each time that the
    /// value is given back by somebody else. **Complexity:** O(1), and `look`. **Interrupt-safe.**
    pub async fn view<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let mut seat = pin!(Seat::new(&self.state));
        let (value, version) = poll_fn(|cx| seat.as_mut().poll(cx, State::borrow)).await;
        look(&self.lent(value, version))
    }

    /// Looks at the latest value, if nobody else does at this very moment (which this call has interrupted, or runs
    /// beside).
    ///
    /// O(1), and `look`; interrupt-safe.
    pub fn try_view<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        let (value, version) = self.state.with(|state| Some((state.latest.lend()?, state.version)))?;
        Some(look(&self.lent(value, version)))
    }

    /// A watcher that has seen the present value and waits for the next.
    ///
    /// To act on the present value and miss no change after it, make the watcher first, then look at the value.
    pub fn watcher(&self) -> Watcher<'_, T> {
        Watcher { watch: self, seen: self.state.with(|state| state.version) }
    }

    /// Ends it: the value does not change any more. Watchers that have not seen the last one still do.
    ///
    /// O(waiters); the lock is released between any two.
    pub fn close(&self) {
        let round = self.state.with(|state| {
            state.closed = true;
            state.crowd.advance()
        });
        wake_before(&self.state, round);
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.state.with(|state| state.closed)
    }

    /// A borrowed value, on its way back.
    fn lent(&self, value: T, version: u32) -> Loan<T, impl FnMut(T)> {
        Loan::new(value, move |value| {
            let (late, round) = self.state.with(|state| {
                let late = if state.version == version { state.latest.replace(value) } else { Some(value) };
                (late, core::mem::take(&mut state.wanted).then(|| state.crowd.advance()))
            });
            if let Some(round) = round {
                wake_before(&self.state, round);
            }
            drop(late);
        })
    }
}
