//! The driver that the executor sees: the reactor of a core.

use super::core::{Core, LoopUnparker};
use super::linger::Linger;
use super::workers;
use std::io;
use std::task::Waker;
use zokio_core::driver::{Driver, Wait};
use zokio_core::time::Instant;

pub(super) struct LoopDriver {
    core: &'static Core,
    woken: Vec<Waker>,
    linger: Linger,
}

impl LoopDriver {
    pub(super) fn new(core: &'static Core) -> Self {
        Self { core, woken: Vec::with_capacity(256), linger: Linger::new() }
    }
}

impl Driver for LoopDriver {
    type Unparker = LoopUnparker;
    type Error = io::Error;

    fn now(&self) -> Instant {
        self.core.now()
    }

    fn unparker(&self) -> LoopUnparker {
        LoopUnparker(self.core)
    }

    #[inline]
    fn park_unless(&mut self, wait: Wait, ready: impl Fn() -> bool) -> io::Result<()> {
        let mut wait = if ready() { Wait::Poll } else { wait };
        if wait != Wait::Poll && self.linger.look(|| ready() || self.core.wake.is_told()) {
            // What told us may have been no task's wake; then it is in the reactor.
            if ready() && self.linger.goes_on() {
                return Ok(());
            }
            wait = Wait::Poll;
        }
        self.park(wait)
    }

    fn park(&mut self, wait: Wait) -> io::Result<()> {
        // A local task may have woken a shared one since the worker looked.
        let wait = if wait != Wait::Poll && workers::is_busy() { Wait::Poll } else { wait };
        // Virtual time is looked for only where there is nothing else to be done; then it jumps to the deadline.
        let jump = match wait {
            Wait::Until(at) if self.core.is_virtual() => Some(at),
            _ => None,
        };
        let wait = if jump.is_some() { Wait::Poll } else { wait };
        let mut reactor = self.core.reactor();
        let begun = reactor.as_mut().map(|reactor| reactor.begin(wait, &mut self.woken));
        let result = match begun {
            Some(Ok(mut entry)) => {
                let mut waited = Ok(());
                if entry.waits() {
                    // "Home waits unlocked".
                    drop(reactor);
                    // SAFETY: this thread is the one that ends the reactor, and it is here.
                    waited = unsafe { entry.wait() };
                    if wait != Wait::Poll && self.core.wake.is_told() {
                        self.linger.told();
                    }
                    reactor = self.core.reactor();
                }
                if let Some(reactor) = reactor.as_mut() {
                    reactor.finish(entry, &mut self.woken);
                }
                waited
            }
            Some(Err(error)) => Err(error),
            None => Ok(()),
        };
        drop(reactor);
        if let Some(at) = jump.filter(|_| self.woken.is_empty()) {
            self.core.jump(at);
        }
        // Foreign code may come back to the reactor, so it is called without the lock.
        for waker in self.woken.drain(..) {
            waker.wake();
        }
        result
    }
}
