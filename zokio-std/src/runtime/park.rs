//! The driver that the executor sees: the reactor of a core.

use super::core::{Core, LoopUnparker};
use std::io;
use std::task::Waker;
use zokio_core::driver::{Driver, Wait};
use zokio_core::time::Instant;

pub(super) struct LoopDriver {
    core: &'static Core,
    woken: Vec<Waker>,
}

impl LoopDriver {
    pub(super) fn new(core: &'static Core) -> Self {
        Self { core, woken: Vec::with_capacity(256) }
    }
}

impl Driver for LoopDriver {
    type Unparker = LoopUnparker;
    type Error = io::Error;

    fn now(&self) -> Instant {
        crate::driver::now()
    }

    fn unparker(&self) -> LoopUnparker {
        LoopUnparker(self.core)
    }

    fn park(&mut self, wait: Wait) -> io::Result<()> {
        let result = match self.core.reactor.borrow_mut().as_mut() {
            Some(reactor) => reactor.turn(wait, &mut self.woken),
            None => Ok(()),
        };
        // Foreign code may come back to the reactor, so it is called after the borrow has ended.
        for waker in self.woken.drain(..) {
            waker.wake();
        }
        result
    }
}
