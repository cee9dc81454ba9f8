//! One value, from one sender to one receiver.

use super::{Closed, RecvError, TryRecvError};
use crate::lock::Lock;
use core::future::poll_fn;
use core::mem::replace;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

/// A place for one value on its way from one task to another, to answer a request for example.
///
/// It is split into a sender and a receiver, which borrow it. Dropping either one closes it for the other. When both are
/// gone it can be split again.
///
/// ```
/// use zokio_core::sync::{Oneshot, OneshotSender};
///
/// async fn ask(request: impl AsyncFnOnce(OneshotSender<'_, u32>)) -> Option<u32> {
///     let mut answer = Oneshot::new();
///     let (sender, receiver) = answer.split();
///     request(sender).await;
///     receiver.await.ok() // an error if the sender was dropped without an answer
/// }
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # let mut task = core::pin::pin!(ask(async |sender| sender.send(42).unwrap()));
/// # assert_eq!(task.as_mut().poll(&mut cx), core::task::Poll::Ready(Some(42)));
/// ```
pub struct Oneshot<T> {
    state: Lock<State<T>>,
}

/// *Invariant "for the receiver":* there is a value only while the receiver is alive.
struct State<T> {
    value: Option<T>,
    sender: Half,
    receiver: Half,
}

struct Half {
    alive: bool,
    /// Who waits with this half for the other.
    waker: Option<Waker>,
}

impl<T> State<T> {
    const fn new(alive: bool) -> Self {
        Self { value: None, sender: Half { alive, waker: None }, receiver: Half { alive, waker: None } }
    }
}

impl<T> Oneshot<T> {
    /// Empty, and not yet split.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { state: Lock::new(State::new(false)) }
    }

    /// The two halves; both begin anew, whatever was before.
    pub fn split(&mut self) -> (OneshotSender<'_, T>, OneshotReceiver<'_, T>) {
        self.state = Lock::new(State::new(true));
        (OneshotSender { oneshot: self }, OneshotReceiver { oneshot: self })
    }

    /// The two halves of a static, for example; `None` while one of those before is alive.
    ///
    /// O(1), interrupt-safe.
    pub fn try_split(&self) -> Option<(OneshotSender<'_, T>, OneshotReceiver<'_, T>)> {
        let free = self.state.with(|state| {
            let free = !state.sender.alive && !state.receiver.alive;
            if free {
                (state.sender.alive, state.receiver.alive) = (true, true);
            }
            free
        });
        free.then(|| (OneshotSender { oneshot: self }, OneshotReceiver { oneshot: self }))
    }
}

/// The half that sends; dropping it unsent closes the [`Oneshot`].
#[must_use = "a sender that is dropped closes the oneshot"]
pub struct OneshotSender<'a, T> {
    oneshot: &'a Oneshot<T>,
}

impl<T> OneshotSender<'_, T> {
    /// Sends the value.
    ///
    /// O(1), interrupt-safe.
    ///
    /// # Errors
    /// [`Closed`] with the value in it, if the receiver is gone.
    pub fn send(self, value: T) -> Result<(), Closed<T>> {
        let oneshot = self.oneshot;
        // From the moment that the lock is released the halves may be those of another round, so `Drop` must not run.
        core::mem::forget(self);
        let (result, receiver, own) = oneshot.state.with(|state| {
            state.sender.alive = false;
            let result = if state.receiver.alive {
                // Nothing is dropped by this: one sender sends once.
                state.value = Some(value);
                Ok(())
            } else {
                Err(Closed(value))
            };
            (result, state.receiver.waker.take(), state.sender.waker.take())
        });
        drop(own);
        wake(receiver);
        result
    }

    /// Whether the receiver is gone.
    pub fn is_closed(&self) -> bool {
        self.oneshot.state.with(|state| !state.receiver.alive)
    }

    /// Waits until the receiver is gone, so that work for an answer that nobody wants can be given up.
    ///
    /// **Cancel safety:** changes nothing. **Wake-up:** once. **Complexity:** O(1). **Interrupt-safe.**
    pub async fn closed(&mut self) {
        poll_fn(|cx| {
            let waker = cx.waker().clone();
            let (closed, old) = self.oneshot.state.with(|state| {
                if !state.receiver.alive {
                    return (Poll::Ready(()), Some(waker));
                }
                (Poll::Pending, state.sender.waker.replace(waker))
            });
            drop(old);
            closed
        })
        .await;
    }
}

impl<T> Drop for OneshotSender<'_, T> {
    fn drop(&mut self) {
        let (receiver, own) = self.oneshot.state.with(|state| {
            state.sender.alive = false;
            (state.receiver.waker.take(), state.sender.waker.take())
        });
        drop(own);
        wake(receiver);
    }
}

/// The half that receives: a future of the value.
///
/// **Cancel safety:** it may be polled by several futures one after the other (`(&mut receiver).await`); dropping it
/// closes the [`Oneshot`] and drops a value that has come. **Wake-up:** once. **Complexity:** O(1). **Interrupt-safe.**
///
/// # Errors
/// [`RecvError`] if the sender was dropped without sending, or the value was taken before.
#[must_use = "a receiver that is dropped closes the oneshot"]
pub struct OneshotReceiver<'a, T> {
    oneshot: &'a Oneshot<T>,
}

impl<T> State<T> {
    /// The value, or why there is none.
    fn take(&mut self) -> Result<T, TryRecvError> {
        let none = if self.sender.alive { TryRecvError::Empty } else { TryRecvError::Closed };
        self.value.take().ok_or(none)
    }
}

impl<T> OneshotReceiver<'_, T> {
    /// The value, if it has come.
    ///
    /// O(1), interrupt-safe.
    ///
    /// # Errors
    /// [`TryRecvError`]; closed also if the value was taken before.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.oneshot.state.with(State::take)
    }
}

impl<T> Future for OneshotReceiver<'_, T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waker = cx.waker().clone();
        let (result, old) = self.oneshot.state.with(|state| match state.take() {
            Ok(value) => (Poll::Ready(Ok(value)), Some(waker)),
            Err(TryRecvError::Closed) => (Poll::Ready(Err(RecvError)), Some(waker)),
            Err(TryRecvError::Empty) => (Poll::Pending, state.receiver.waker.replace(waker)),
        });
        drop(old);
        result
    }
}

impl<T> Drop for OneshotReceiver<'_, T> {
    fn drop(&mut self) {
        let (value, own, sender) = self.oneshot.state.with(|state| {
            let own = replace(&mut state.receiver, Half { alive: false, waker: None }).waker;
            (state.value.take(), own, state.sender.waker.take())
        });
        wake(sender);
        drop((value, own));
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
