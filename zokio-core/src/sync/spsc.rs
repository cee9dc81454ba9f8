//! A bounded queue of values, one to one, whose values pass without a lock.

mod ends;

use super::WakerCell;
use crate::loom::{AtomicUsize, Ordering};
use crate::queue::Spsc;
use core::fmt;

pub use ends::{SpscPermit, SpscReceiver, SpscRecv, SpscSend, SpscSender};

/// One of the ends has closed the channel, or is gone.
const CLOSED: usize = 1;

/// Up to `N` values on their way from one sender to one receiver; either may be an interrupt handler.
///
/// What [`Channel`](super::Channel) is for many, for exactly two: values go through a wait-free [ring](Spsc), and only
/// the waker of an end that waits is guarded by the platform's lock. [`split`](Self::split) or [`take`](Self::take) gives
/// the two ends, of which there is one each: an end that is gone closes the channel. What was sent before the sender
/// went is still received; what the receiver leaves behind is dropped.
///
/// **Interrupt-safe.** **Memory:** the ring's, two wakers and a word.
///
/// ```
/// use zokio_core::future::join;
/// use zokio_core::sync::SpscChannel;
///
/// async fn sum() -> u32 {
///     let mut channel = SpscChannel::<u32, 2>::new();
///     let (mut sender, mut receiver) = channel.split();
///     let produce = async move {
///         for number in 1..=4 {
///             let _ = sender.send(number).await;
///         } // the sender goes, and ends the loop below
///     };
///     let consume = async {
///         let mut sum = 0;
///         while let Ok(number) = receiver.recv().await {
///             sum += number;
///         }
///         sum
///     };
///     join((produce, consume)).await.1
/// }
/// # let mut task = core::pin::pin!(sum());
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # let sum = loop { if let core::task::Poll::Ready(sum) = task.as_mut().poll(&mut cx) { break sum } };
/// # assert_eq!(sum, 10);
/// ```
///
/// A channel without room does not compile:
/// ```compile_fail
/// let channel = zokio_core::sync::SpscChannel::<u8, 0>::new();
/// ```
pub struct SpscChannel<T, const N: usize> {
    ring: Spsc<T, N>,
    shared: Shared,
}

/// What the ends share beside the ring.
struct Shared {
    state: AtomicUsize,
    /// The receiver that waits for a value.
    receiver: WakerCell,
    /// The sender that waits for a place.
    sender: WakerCell,
}

impl Shared {
    fn is_closed(&self) -> bool {
        // Acquire: whoever sees the channel closed sees all that was sent before.
        self.state.load(Ordering::Acquire) & CLOSED != 0
    }

    /// Closes the channel and tells both ends.
    fn close(&self) {
        // Release: pairs with `is_closed`.
        self.state.store(CLOSED, Ordering::Release);
        self.receiver.wake();
        self.sender.wake();
    }
}

impl<T, const N: usize> SpscChannel<T, N> {
    /// An open channel without values.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self {
            ring: Spsc::new(),
            shared: Shared { state: AtomicUsize::new(0), receiver: WakerCell::new(), sender: WakerCell::new() },
        }
    }

    /// The two ends, for as long as they borrow the channel: empty and open, whatever was before.
    pub fn split(&mut self) -> (SpscSender<'_, T, N>, SpscReceiver<'_, T, N>) {
        *self = Self::new();
        let (producer, consumer) = self.ring.split();
        ends::new(producer, consumer, &self.shared)
    }

    /// The two ends of a static channel; `None` if they were taken before.
    ///
    /// ```
    /// use zokio_core::sync::{SpscChannel, TryRecvError};
    ///
    /// static SAMPLES: SpscChannel<u16, 8> = SpscChannel::new();
    ///
    /// let (mut interrupt, mut task) = SAMPLES.take().unwrap(); // once
    /// assert_eq!(interrupt.try_send(512), Ok(())); // wakes the task that waits in `recv`
    /// assert_eq!(task.try_recv(), Ok(512));
    /// assert_eq!(task.try_recv(), Err(TryRecvError::Empty));
    /// assert!(SAMPLES.take().is_none());
    /// ```
    pub fn take(&'static self) -> Option<(SpscSender<'static, T, N>, SpscReceiver<'static, T, N>)> {
        let (producer, consumer) = self.ring.take()?;
        Some(ends::new(producer, consumer, &self.shared))
    }

    /// How many values fit.
    pub const fn capacity(&self) -> usize {
        N
    }
}

impl<T, const N: usize> fmt::Debug for SpscChannel<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closed = self.shared.is_closed();
        f.debug_struct("SpscChannel").field("capacity", &N).field("closed", &closed).finish_non_exhaustive()
    }
}
