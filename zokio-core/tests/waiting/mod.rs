//! Futures that wait under loom, with wakers that are counted.
#![allow(dead_code, reason = "no model needs all of it")]

use loom::sync::Notify;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Ends a wait of [`Waiting::end`]. The count is for assertions: loom need not explore it.
struct Woken {
    bell: Notify,
    count: AtomicUsize,
}

impl Woken {
    fn new() -> Arc<Self> {
        Arc::new(Self { bell: Notify::new(), count: AtomicUsize::new(0) })
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.bell.notify();
    }
}

/// A future in its place, with a waker of its own.
pub struct Waiting<F> {
    future: Pin<Box<F>>,
    woken: Arc<Woken>,
}

impl<F: Future> Waiting<F> {
    pub fn new(future: F) -> Self {
        Self { future: Box::pin(future), woken: Woken::new() }
    }

    /// A future that waits already.
    pub fn queued(future: F) -> Self {
        let mut waiting = Self::new(future);
        assert!(waiting.poll().is_pending());
        waiting
    }

    pub fn future(&mut self) -> Pin<&mut F> {
        self.future.as_mut()
    }

    /// Polls from here on come from another task.
    pub fn change_waker(&mut self) {
        self.woken = Woken::new();
    }

    pub fn poll(&mut self) -> Poll<F::Output> {
        let waker = Waker::from(self.woken.clone());
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    /// Polls when it was woken only: a wake-up that is lost is a deadlock, which loom reports. (Loom's bell may ring once
    /// without having been rung, so spurious polls are explored, too.)
    pub fn end(mut self) -> F::Output {
        loop {
            match self.poll() {
                Poll::Ready(output) => return output,
                Poll::Pending => self.woken.bell.wait(),
            }
        }
    }

    /// [`end`](Self::end), for a future that waits: so the first thing is to be woken. Once, not more.
    pub fn end_woken_once(mut self) -> F::Output {
        let woken = self.woken.clone();
        let output = loop {
            self.woken.bell.wait();
            if let Poll::Ready(output) = self.poll() {
                break output;
            }
        };
        assert!(woken.count.load(Ordering::Relaxed) <= 1, "woken more than once");
        output
    }

    /// Gives up after `polls` more polls, unless one of them is ready.
    pub fn give_up(mut self, polls: usize) -> Option<F::Output> {
        for _ in 0..polls {
            if let Poll::Ready(output) = self.poll() {
                return Some(output);
            }
        }
        None
    }
}

/// Runs `model` on what is a static in a program and lives for one execution here.
pub fn with_static<T: 'static>(value: T, model: impl FnOnce(&'static T)) {
    let value = Box::into_raw(Box::new(value));
    // SAFETY: given back below, when every thread of the model has ended.
    model(unsafe { &*value });
    // SAFETY: from `into_raw`; nobody has a reference any more.
    drop(unsafe { Box::from_raw(value) });
}
