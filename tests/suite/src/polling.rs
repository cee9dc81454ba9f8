//! Polling by hand, and a waker that counts.

use core::pin::Pin;
use core::ptr;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::Stream;

/// Polls once, with nobody to be woken.
pub(crate) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls a stream once, with nobody to be woken.
pub(crate) fn poll_next<S: Stream>(stream: Pin<&mut S>) -> Poll<Option<S::Item>> {
    stream.poll_next(&mut Context::from_waker(Waker::noop()))
}

/// Counts how often its waker is woken.
pub(crate) struct Wakes(AtomicUsize);

impl Wakes {
    pub(crate) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// How often since the last call.
    pub(crate) fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }

    /// Polls once, with this to be woken.
    pub(crate) fn poll<F: Future + ?Sized>(&'static self, future: Pin<&mut F>) -> Poll<F::Output> {
        // SAFETY: the functions of the table keep the contract of a waker for the address of a static.
        let waker = unsafe { Waker::new(ptr::from_ref(self).cast(), &VTABLE) };
        future.poll(&mut Context::from_waker(&waker))
    }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(|data| RawWaker::new(data, &VTABLE), wake, wake, |_| ());

fn wake(data: *const ()) {
    // SAFETY: the data of every waker with this table is the address of a static.
    unsafe { &*data.cast::<Wakes>() }.0.fetch_add(1, Ordering::Relaxed);
}
