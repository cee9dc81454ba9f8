//! What is attempted, and in which order.

use super::records::OpState;
use super::{Attempt, HandleRecord, OpRecord, Poller, ReadinessDriver, Table};
use crate::driver::{Completion, CompletionFlags, Errno, Interest, Key, Op, SubmitError};

/// How many connections one event brings at most to one operation.
const STEPS: usize = 15;

pub(super) const READ: usize = 0;
pub(super) const WRITE: usize = 1;

/// Which of a record's queues waits for this.
pub(super) const fn direction(interest: Interest) -> usize {
    match interest {
        Interest::Readable => READ,
        Interest::Writable => WRITE,
    }
}

impl<P: Poller, H: Table<HandleRecord>, O: Table<OpRecord<P::Handle>>> ReadinessDriver<P, H, O> {
    /// (3) Attempts what is queued on one direction of a handle, in order.
    pub(super) fn run(&mut self, number: usize, direction: usize, sink: &mut impl FnMut(Completion)) {
        let Some(handle) = self.handles.get_mut(number) else { return };
        let (ended, token) = (handle.ended, handle.token(number));
        let queue = &mut handle.directions[direction];
        if queue.polled
            && let Some(op) = self.ops.get(queue.first as usize)
        {
            // (7)
            let flags = CompletionFlags { more: true, ..CompletionFlags::default() };
            sink(Completion { key: Key::new(queue.first, op.generation), result: Ok(0), flags });
        }
        let mut steps = 0;
        loop {
            let index = queue.front(&self.ops);
            let Some(record) = self.ops.get_mut(index as usize) else { return };
            let OpState::Queued(op) = &record.state else { return };
            let op = &op.op();
            let key = Key::new(index, record.generation);
            // SAFETY: in flight, so the submitter keeps the memory valid and to itself: "queued or gone".
            let attempt = if queue.dry { Attempt::WouldBlock } else { unsafe { self.poller.attempt(op, true) } };
            let end = match attempt {
                Attempt::WouldBlock => None,
                Attempt::Unsupported => Some((Err(P::CANCELED), CompletionFlags::default())),
                Attempt::Done { result, mut flags, dry } => {
                    queue.dry = dry && !ended;
                    // (6)
                    let goes_on = match op {
                        Op::RecvMany { .. } => queue.dry,
                        Op::AcceptMany { .. } => steps < STEPS,
                        _ => false,
                    };
                    if goes_on && result.is_ok() {
                        flags.more = true;
                        steps += 1;
                        sink(Completion { key, result, flags });
                        if !queue.dry {
                            continue;
                        }
                        None
                    } else {
                        Some((result, flags))
                    }
                }
            };
            let (result, flags) = match end {
                Some(end) => end,
                None => {
                    queue.dry = true;
                    match go_on(&mut self.poller, op, token) {
                        Ok(()) => return,
                        Err(error) => (Err(error), CompletionFlags::default()),
                    }
                }
            };
            record.state = OpState::Idle;
            queue.unlink(&mut self.ops, index);
            self.in_flight -= 1;
            sink(Completion { key, result, flags });
        }
    }
}

/// `op` waits for the next event.
fn go_on<P: Poller>(poller: &mut P, op: &Op<P::Handle>, token: u64) -> Result<(), Errno> {
    let Some((handle, interest)) = target::<P>(op) else { return Ok(()) };
    poller.arm(handle, interest, token).map_err(|refused| match refused {
        SubmitError::Os(error) => error,
        _ => P::NO_BUFFER,
    })
}

/// (1) Attempts `op`, unless it has to wait for others, or the direction is dry: then it would block.
///
/// # Safety
/// Memory named by `op` is valid, and touched by nobody else, during the call.
#[inline(always)]
pub(super) unsafe fn first<P: Poller>(
    poller: &mut P,
    record: &mut HandleRecord,
    direction: usize,
    op: &Op<P::Handle>,
) -> Attempt {
    let queue = &mut record.directions[direction];
    if queue.queued || queue.dry {
        return Attempt::WouldBlock;
    }
    // SAFETY: the caller's word.
    let attempt = unsafe { poller.attempt(op, false) };
    // Who is not watched gets no edge, and so is never dry.
    queue.dry = record.watched
        && match attempt {
            Attempt::Done { dry, .. } => dry && !record.ended,
            Attempt::WouldBlock => true,
            Attempt::Unsupported => false,
        };
    attempt
}

/// The handle and the way that an operation goes.
#[inline]
pub(super) fn target<P: Poller>(op: &Op<P::Handle>) -> Option<(P::Handle, Interest)> {
    match *op {
        Op::Poll { handle, interest } | Op::PollMany { handle, interest } => Some((handle, interest)),
        Op::Accept { handle }
        | Op::AcceptMany { handle }
        | Op::Recv { handle, .. }
        | Op::RecvPooled { handle }
        | Op::RecvMany { handle } => Some((handle, Interest::Readable)),
        Op::Connect { handle, .. }
        | Op::Send { handle, .. }
        | Op::SendZeroCopy { handle, .. }
        | Op::SendTo { handle, .. } => Some((handle, Interest::Writable)),
        Op::Nop | Op::RecvDatagrams { .. } | Op::Close { .. } | Op::File(_) => None,
    }
}
