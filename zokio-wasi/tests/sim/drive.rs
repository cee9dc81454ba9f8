//! Just enough executor to drive a few futures on a reactor, without any other part of Zokio.

use super::Sim;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use zokio_core::driver::Wait;
use zokio_core::time::Instant;
use zokio_wasi::p1::{Error, Reactor};

/// Counts its wakes.
#[derive(Default)]
pub struct Count(AtomicUsize);

impl Count {
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

pub fn counter() -> (Arc<Count>, Waker) {
    let count = Arc::new(Count::default());
    (count.clone(), count.into())
}

pub fn poll<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// What a future came to.
#[derive(Debug, PartialEq, Eq)]
pub enum End<T> {
    Done(T),
    TimedOut,
    Failed(Error),
}

impl<T> End<T> {
    #[track_caller]
    pub fn done(self) -> T {
        match self {
            Self::Done(value) => value,
            Self::TimedOut => panic!("timed out"),
            Self::Failed(error) => panic!("the driver failed: {error}"),
        }
    }
}

/// Runs `future` until it completes, or until `nanos` have passed.
pub fn drive<F: Future, const N: usize>(reactor: &Reactor<Sim, N>, future: F, nanos: Option<u64>) -> End<F::Output> {
    let mut future = std::pin::pin!(future);
    let (count, waker) = counter();
    let mut polled = usize::MAX;
    let deadline = nanos.map(|n| Instant::from_nanos(reactor.now().as_nanos() + n));
    for _ in 0..10_000 {
        // Polled only when woken: what misses a wake does not get here.
        if polled != count.get() {
            polled = count.get();
            if let Poll::Ready(value) = poll(future.as_mut(), &waker) {
                return End::Done(value);
            }
            continue;
        }
        if deadline.is_some_and(|d| reactor.now() >= d) {
            return End::TimedOut;
        }
        if let Err(error) = reactor.park(deadline.map_or(Wait::Forever, Wait::Until)) {
            return End::Failed(error);
        }
    }
    panic!("the driver spins: {:?}", reactor.stats());
}
