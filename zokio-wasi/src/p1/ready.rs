//! The leaf future that waits for a descriptor.

use super::abi::Fd;
use super::driver::Reactor;
use super::error::Error;
use super::host::Host;
use super::table::{Outcome, Waiter};
use core::pin::Pin;
use core::task::{Context, Poll};
use zokio_core::driver::{Interest, Key};

/// What the host said of a descriptor: a hint, which may be wrong or out of date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Hint {
    /// The host said it of this descriptor alone, and only just.
    pub(super) reliable: bool,
}

/// Waits until the host says that a descriptor is ready.
///
/// Occupies a place of the reactor from its first poll until it completes or is dropped.
pub(super) struct Ready<'r, H: Host, const N: usize> {
    reactor: &'r Reactor<H, N>,
    fd: Fd,
    interest: Interest,
    key: Option<Key>,
}

impl<'r, H: Host, const N: usize> Ready<'r, H, N> {
    pub(super) const fn new(reactor: &'r Reactor<H, N>, fd: Fd, interest: Interest) -> Self {
        Self { reactor, fd, interest, key: None }
    }

    /// Makes the armed wait `key` wake the task that polls now.
    fn update(&self, key: Key, cx: &Context<'_>) {
        let same = |waker: &mut core::task::Waker| waker.will_wake(cx.waker());
        if !self.reactor.table().borrow_mut().waker(key).is_some_and(same) {
            let new = cx.waker().clone();
            // The old one is dropped when the table is free again.
            let _old = self.reactor.table().borrow_mut().waker(key).map(|waker| core::mem::replace(waker, new));
        }
    }
}

impl<H: Host, const N: usize> Future for Ready<'_, H, N> {
    type Output = Result<Hint, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(key) = self.key else {
            self.key = Some(self.reactor.arm(self.fd, self.interest, Waiter::Task(cx.waker().clone()))?);
            return Poll::Pending;
        };
        let outcome = self.reactor.table().borrow_mut().take(key);
        let Some(outcome) = outcome else {
            self.update(key, cx);
            return Poll::Pending;
        };
        self.key = None;
        Poll::Ready(match outcome {
            Outcome::Ready(source) => Ok(Hint { reliable: self.reactor.is_reliable(source) }),
            Outcome::Failed(errno) => Err(Error::Descriptor { call: "poll_oneoff", fd: self.fd, errno }),
        })
    }
}

impl<H: Host, const N: usize> Drop for Ready<'_, H, N> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let _waiter = self.reactor.table().borrow_mut().cancel(key);
        }
    }
}
