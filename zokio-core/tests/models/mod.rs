//! What comparing with a sequential model needs: futures that wait, with wakers that count, and many of them by number.
#![allow(dead_code, reason = "no test needs all of it")]

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

pub fn cases() -> ProptestConfig {
    // Under miri there is no file system to keep failures in.
    let failure_persistence = if cfg!(miri) { None } else { ProptestConfig::default().failure_persistence };
    let cases = if cfg!(miri) { 4 } else { ProptestConfig::default().cases };
    ProptestConfig { cases, failure_persistence, ..ProptestConfig::default() }
}

/// How many steps a case has at most.
pub const STEPS: usize = if cfg!(miri) { 30 } else { 120 };

pub struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A future that was polled and waits.
pub struct Waiter<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + 'a>>,
    woken: Arc<Count>,
}

impl<'a, T> Waiter<'a, T> {
    pub fn new(future: impl Future<Output = T> + 'a) -> Self {
        Self { future: Box::pin(future), woken: Arc::new(Count(AtomicUsize::new(0))) }
    }

    /// Polls with another waker than before, which may be kept.
    pub fn poll_anew(&mut self) -> (Poll<T>, Arc<Count>) {
        let new = Arc::new(Count(AtomicUsize::new(0)));
        let result = self.future.as_mut().poll(&mut Context::from_waker(&Waker::from(new.clone())));
        (result, std::mem::replace(&mut self.woken, new))
    }

    /// Polls with another waker than before, and looks that the one before was let go.
    pub fn poll(&mut self) -> Poll<T> {
        let (result, old) = self.poll_anew();
        assert_eq!(Arc::strong_count(&old), 1, "the waker of an earlier poll is kept");
        if result.is_ready() {
            assert_eq!(Arc::strong_count(&self.woken), 1, "the waker of a future that is over is kept");
        }
        result
    }

    /// How often it was woken since it was polled.
    pub fn woken(&self) -> usize {
        self.woken.0.load(Ordering::Relaxed)
    }
}

/// Who waits, by number.
pub type Waiters<'a, T> = BTreeMap<usize, Waiter<'a, T>>;

/// One of the keys; which, is random.
pub fn pick<K: Copy, V>(map: &BTreeMap<K, V>, which: usize) -> Option<K> {
    map.keys().nth(which.checked_rem(map.len())?).copied()
}
