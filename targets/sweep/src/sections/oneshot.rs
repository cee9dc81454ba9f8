//! The cancel sweep of a oneshot: its receiver begins to wait, or is dropped, at every boundary of the sending, and the other way round.
//! The value is received or dropped, once; who waits is woken; and both ends can be had again.

use super::cancel::Place;
use super::{Section, ensure};
use crate::machine::Machine;
use crate::stage::Stage;
use crate::witness::{WOKEN, counted_waker, in_interrupt, is_none_kept};
use core::sync::atomic::{AtomicU8, Ordering};
use core::task::{Context, Poll};
use zokio_core::sync::{Oneshot, OneshotReceiver, OneshotSender, RecvError};

static ONESHOT: Oneshot<Value> = Oneshot::new();
static SENDER: Place<OneshotSender<'static, Value>> = Place::new();
static RECEIVER: Place<OneshotReceiver<'static, Value>> = Place::new();
/// How many values were dropped.
static DROPPED: AtomicU8 = AtomicU8::new(0);

struct Value;

impl Drop for Value {
    fn drop(&mut self) {
        DROPPED.store(DROPPED.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

/// Whose waker the polls register: of the one under test, and of the one before.
const NOW: usize = 0;
const BEFORE: usize = 1;

fn poll(id: usize) -> Poll<Result<Value, RecvError>> {
    RECEIVER.poll_with(&mut Context::from_waker(&counted_waker(id)))
}

/// The receiver waits.
fn prepare<M: Machine>(stage: &mut Stage<M>) {
    stage.clear();
    SENDER.clear();
    RECEIVER.clear();
    let (sender, receiver) = ONESHOT.try_split().expect("both ends are gone");
    SENDER.put(sender);
    RECEIVER.put(receiver);
    assert!(poll(BEFORE).is_pending(), "nothing was sent");
    DROPPED.store(0, Ordering::Relaxed);
    WOKEN.iter().for_each(|woken| woken.store(false, Ordering::Relaxed));
}

#[inline(never)]
fn send() {
    if let Some(sender) = SENDER.take() {
        let _ = sender.send(Value);
    }
}

/// Both ends are gone, and all that was sent.
fn check_gone(values: u8) -> Result<(), &'static str> {
    SENDER.clear();
    RECEIVER.clear();
    ensure(DROPPED.load(Ordering::Relaxed) == values, "the value was lost, or dropped twice")?;
    ensure(is_none_kept(), "a waker was used twice or forgotten")?;
    let ends = ONESHOT.try_split();
    ensure(ends.is_some(), "an end was not given back")?;
    ensure(ends.is_some_and(|(_, mut receiver)| receiver.try_recv().is_err()), "a value was left for the next round")
}

/// The receiver gives up; the interrupt sends.
pub(super) const fn dropped<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: a wait for one value",
        prepare,
        run: |_| RECEIVER.clear(),
        interrupt: || in_interrupt(send),
        check: |_, landed| check_gone(u8::from(landed.is_some())),
    }
}

/// The value is sent; the interrupt drops the receiver.
pub(super) const fn sent<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: while the one value is sent",
        prepare,
        run: |_| send(),
        interrupt: || in_interrupt(|| RECEIVER.clear()),
        check: |_, _| check_gone(1),
    }
}

/// The receiver is polled for another task; the interrupt sends.
pub(super) const fn received<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: a poll for one value",
        prepare,
        run: |stage| {
            let ready = poll(NOW).is_ready();
            stage.taken[0] = ready.then_some(1);
        },
        interrupt: || in_interrupt(send),
        check: |stage, landed| {
            if stage.taken[0].is_none() {
                let woken = WOKEN[NOW].load(Ordering::Relaxed) || WOKEN[BEFORE].load(Ordering::Relaxed);
                ensure(woken == landed.is_some(), "who waits was not woken, or for nothing")?;
                ensure(matches!(poll(NOW), Poll::Ready(Ok(Value))) == landed.is_some(), "the value was lost")?;
            } else {
                ensure(landed.is_some(), "nobody sent")?;
            }
            check_gone(u8::from(landed.is_some()))
        },
    }
}
