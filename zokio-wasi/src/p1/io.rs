//! Waits as operations: what preview 1 has of completion-based I/O.

use super::abi::{self, Fd};
use super::driver::Reactor;
use super::host::Host;
use super::table::Waiter;
use zokio_core::driver::{
    Caps, Completion, CompletionFlags, Errno, InFlight, IoDriver, Key, Op, Staged, SubmitError, Wait,
};
use zokio_core::time::Instant;

impl<H: Host, const N: usize> Reactor<H, N> {
    fn tell_canceled(&self, sink: &mut impl FnMut(Completion)) {
        loop {
            // Not in the loop's head: the table must be free when the sink is called.
            let canceled = self.table().borrow_mut().next_canceled();
            let Some(key) = canceled else { return };
            sink(Completion { key, result: Err(abi::CANCELED), flags: CompletionFlags::default() });
        }
    }
}

/// Of the operations there are [`Op::Poll`], [`Op::Nop`] and [`Op::Close`]; reading and writing is what
/// [`Descriptor`](super::Descriptor) does. `N - 1` operations and waits of tasks are in flight at most.
///
/// Tasks and operations do not get in each other's way: `turn` wakes tasks too. A `park` loses completions; with operations
/// in flight, `turn` instead.
impl<H: Host, const N: usize> IoDriver for &Reactor<H, N> {
    type Handle = Fd;
    const CAPS: Caps = Caps::NONE;
    const CANCELED: Errno = abi::CANCELED;
    const NO_BUFFER: Errno = abi::NOBUFS;

    unsafe fn submit(&mut self, key: Key, op: &Op<Fd>) -> Result<Staged, SubmitError> {
        let done = |result| Ok(Staged::Done(Completion { key, result, flags: CompletionFlags::default() }));
        match *op {
            Op::Nop => done(Ok(0)),
            Op::Close { handle } => done(self.host().fd_close(handle).map(|()| 0)),
            Op::Poll { handle, interest } => {
                // A descriptor that is not open must not reach the host together with others.
                let stat = self.host().fd_fdstat_get(handle).map_err(SubmitError::Os)?;
                if stat.is_always_ready() {
                    return done(Ok(0));
                }
                match self.arm(handle, interest, Waiter::Operation(key)) {
                    Ok(_) => Ok(Staged::Pending),
                    Err(_) => Err(SubmitError::Full),
                }
            }
            _ => Err(SubmitError::Unsupported),
        }
    }

    fn cancel(&mut self, key: Key) {
        self.table().borrow_mut().cancel_operations(|operation| operation == key);
    }

    fn turn(&mut self, wait: Wait, sink: &mut impl FnMut(Completion)) -> Result<(), Self::Error> {
        let wait = if self.table().borrow().has_canceled() { Wait::Poll } else { wait };
        self.tell_canceled(sink);
        Reactor::turn(self, wait, sink)
    }

    /// Never waits: an operation ends as soon as it is told to.
    fn drain(&mut self, _until: Instant, sink: &mut impl FnMut(Completion)) -> Result<(), InFlight> {
        self.table().borrow_mut().cancel_operations(|_| true);
        self.tell_canceled(sink);
        Ok(())
    }
}
