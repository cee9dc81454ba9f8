//! The two ends of a channel as values of their own, that close it when they go.

use super::state::CLOSED;
use super::{Channel, Permit, Recv, Reserve, Send, TryRecvError, TryReserveError, TrySendError};
use core::mem::replace;

/// Who holds an end.
pub(super) struct Handles {
    /// How many senders are alive. At its maximum it sticks: they can no longer be told apart, and none closes.
    senders: u16,
    receiver: bool,
}

impl Handles {
    pub(super) const fn new() -> Self {
        Self { senders: 0, receiver: false }
    }
}

impl<T, const N: usize> Channel<T, N> {
    /// The two ends of the channel, empty and open whatever was before: one receiver, and a sender that can be cloned
    /// (or not, where there is to be one). When the last sender goes, the channel is closed, and the receiver receives
    /// what is left; when the receiver goes, it is closed and emptied, and senders get their value back.
    ///
    /// ```
    /// use zokio_core::future::join;
    /// use zokio_core::sync::Channel;
    ///
    /// async fn sum() -> u32 {
    ///     let mut channel = Channel::<u32, 2>::new();
    ///     let (sender, receiver) = channel.split();
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
    pub fn split(&mut self) -> (Sender<'_, T, N>, Receiver<'_, T, N>) {
        drop(replace(self, Self::new()));
        self.state.with(|state| state.handles = Handles { senders: 1, receiver: true });
        (Sender { channel: self }, Receiver { channel: self })
    }

    /// As [`split`](Self::split), for a channel that is borrowed by others or a static; `None` while an end of an
    /// earlier split is alive. Opens the channel if it was closed.
    ///
    /// O(1), interrupt-safe.
    pub fn try_split(&self) -> Option<(Sender<'_, T, N>, Receiver<'_, T, N>)> {
        let free = self.state.with(|state| {
            let free = state.handles.senders == 0 && !state.handles.receiver;
            if free {
                state.handles = Handles { senders: 1, receiver: true };
                state.taken &= !CLOSED;
            }
            free
        });
        free.then(|| (Sender { channel: self }, Receiver { channel: self }))
    }

    /// Takes out what nobody will receive.
    fn empty(&self) {
        while let Ok(value) = self.try_recv() {
            drop(value);
        }
    }
}

/// A sending end of a [`Channel`], from [`Channel::split`]. The last one to go closes the channel.
pub struct Sender<'a, T, const N: usize> {
    channel: &'a Channel<T, N>,
}

impl<T, const N: usize> Sender<'_, T, N> {
    /// See [`Channel::send`].
    pub const fn send(&self, value: T) -> Send<'_, T, N> {
        self.channel.send(value)
    }

    /// See [`Channel::reserve`].
    pub const fn reserve(&self) -> Reserve<'_, T, N> {
        self.channel.reserve()
    }

    /// See [`Channel::try_send`].
    ///
    /// # Errors
    /// [`TrySendError`] with the value in it.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.channel.try_send(value)
    }

    /// See [`Channel::try_reserve`].
    ///
    /// # Errors
    /// [`TryReserveError`].
    pub fn try_reserve(&self) -> Result<Permit<'_, T, N>, TryReserveError> {
        self.channel.try_reserve()
    }

    /// Whether the receiver is gone or has closed the channel.
    pub fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }
}

impl<T, const N: usize> Clone for Sender<'_, T, N> {
    fn clone(&self) -> Self {
        self.channel.state.with(|state| state.handles.senders = state.handles.senders.saturating_add(1));
        Self { channel: self.channel }
    }
}

impl<T, const N: usize> Drop for Sender<'_, T, N> {
    fn drop(&mut self) {
        if self.channel.state.with(|state| !state.handles.receiver) {
            // What a permit sent after the receiver went. While we are counted, the channel is not split again.
            self.channel.empty();
        }
        let last = self.channel.state.with(|state| {
            let senders = &mut state.handles.senders;
            *senders -= u16::from(*senders != u16::MAX);
            // In one step with the count: once it is 0 the channel may be split again, and be open.
            let last = *senders == 0;
            if last {
                state.taken |= CLOSED;
            }
            last
        });
        if last {
            self.channel.wake_closed();
        }
    }
}

/// The receiving end of a [`Channel`], from [`Channel::split`]. When it goes, the channel is closed and emptied.
pub struct Receiver<'a, T, const N: usize> {
    channel: &'a Channel<T, N>,
}

impl<T, const N: usize> Receiver<'_, T, N> {
    /// See [`Channel::recv`]; the future is a [`Stream`](crate::future::Stream), too.
    pub const fn recv(&self) -> Recv<'_, T, N> {
        self.channel.recv()
    }

    /// See [`Channel::try_recv`].
    ///
    /// # Errors
    /// [`TryRecvError`].
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.channel.try_recv()
    }

    /// See [`Channel::close`]: senders get their values back, and what was sent can still be received.
    pub fn close(&self) {
        self.channel.close();
    }

    /// How many values are in the channel.
    pub fn len(&self) -> usize {
        self.channel.len()
    }

    /// Whether no value is in the channel.
    pub fn is_empty(&self) -> bool {
        self.channel.is_empty()
    }
}

impl<T, const N: usize> Drop for Receiver<'_, T, N> {
    fn drop(&mut self) {
        self.channel.close();
        self.channel.empty();
        self.channel.state.with(|state| state.handles.receiver = false);
    }
}
