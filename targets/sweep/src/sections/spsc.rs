//! The cancel sweep of the channel from one to one: an end begins to wait, and gives up, at every boundary of what the other end does, and
//! the other way round. Nothing is lost or doubled, nobody sleeps through it, and no waker is kept twice or forgotten.

use super::cancel::{Place, poll};
use super::{Section, ensure};
use crate::machine::Machine;
use crate::stage::Stage;
use crate::witness::{WOKEN, in_interrupt, is_none_kept};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Poll;
use zokio_core::sync::{SpscChannel, SpscReceiver, SpscRecv, SpscSend, SpscSender};

static CHANNEL: SpscChannel<u8, 1> = SpscChannel::new();
static SENDER: Place<SpscSender<'static, u8, 1>> = Place::new();
static RECEIVER: Place<SpscReceiver<'static, u8, 1>> = Place::new();
static RECEIVING: Place<SpscRecv<'static, 'static, u8, 1>> = Place::new();
static SENDING: Place<SpscSend<'static, 'static, u8, 1>> = Place::new();
/// What the interrupt's poll said.
static READY: AtomicBool = AtomicBool::new(false);

/// Whose waker is registered by the poll that is under test, and by the one before.
const NOW: usize = 0;
const BEFORE: usize = 1;

/// Sends, while nobody else uses the sender.
fn try_send(value: u8) -> bool {
    // SAFETY: the caller's side has it alone.
    unsafe { SENDER.lend() }.try_send(value).is_ok()
}

/// Receives, while nobody else uses the receiver.
fn try_recv() -> Option<u8> {
    // SAFETY: the caller's side has it alone.
    unsafe { RECEIVER.lend() }.try_recv().ok()
}

fn prepare<M: Machine>(stage: &mut Stage<M>) {
    stage.clear();
    RECEIVING.clear();
    SENDING.clear();
    if SENDER.is_empty() {
        let (sender, receiver) = CHANNEL.take().expect("nobody has the ends");
        SENDER.put(sender);
        RECEIVER.put(receiver);
    }
    while try_recv().is_some() {}
    READY.store(false, Ordering::Relaxed);
}

fn prepare_receiver<M: Machine>(stage: &mut Stage<M>) {
    prepare(stage);
    // SAFETY: it is in no future now.
    RECEIVING.put(unsafe { RECEIVER.lend() }.recv());
    assert!(poll(&RECEIVING, BEFORE).is_pending(), "there is a value");
    WOKEN.iter().for_each(|woken| woken.store(false, Ordering::Relaxed));
}

fn prepare_sender<M: Machine>(stage: &mut Stage<M>) {
    prepare(stage);
    assert!(try_send(1), "there is no room");
    // SAFETY: it is in no future now.
    SENDING.put(unsafe { SENDER.lend() }.send(8));
    assert!(poll(&SENDING, BEFORE).is_pending(), "there is room for two");
    WOKEN.iter().for_each(|woken| woken.store(false, Ordering::Relaxed));
}

/// Nobody waits any more; the channel works, and has forgotten all wakers after that. So far `passed` values have passed in this run:
/// with those of here it is an even number, so that every run finds the ring, which is twice round then, at the same place.
fn check_rest(passed: usize) -> Result<(), &'static str> {
    ensure(try_recv().is_none(), "something is left")?;
    for _ in 0..2 - passed % 2 {
        ensure(try_send(9) && try_recv() == Some(9), "the channel is broken")?;
    }
    ensure(is_none_kept(), "a waker was used twice or forgotten")
}

/// Of a receiver whose poll came when the value was `sent` or not, and heard or not.
fn check_received(ready: bool, sent: bool, polled: bool) -> Result<(), &'static str> {
    RECEIVING.clear();
    let woken = |id: usize| WOKEN[id].load(Ordering::Relaxed);
    ensure(!ready || sent, "a value came from nowhere")?;
    if sent && !ready {
        ensure(woken(if polled { NOW } else { BEFORE }), "the receiver was not woken")?;
    }
    ensure(try_recv() == (sent && !ready).then_some(7), "the value was lost or doubled")?;
    check_rest(sent.into())
}

/// Of a sender, likewise.
fn check_sent(ready: bool, received: bool, polled: bool) -> Result<(), &'static str> {
    SENDING.clear();
    let woken = |id: usize| WOKEN[id].load(Ordering::Relaxed);
    ensure(!ready || received, "there was room for two")?;
    if received && !ready {
        ensure(woken(if polled { NOW } else { BEFORE }), "the sender was not woken")?;
    }
    let left = match (received, ready) {
        (false, _) => Some(1),
        (true, true) => Some(8),
        (true, false) => None,
    };
    ensure(try_recv() == left, "a value was lost or doubled")?;
    check_rest(1 + usize::from(ready))
}

/// A receiver that waits is polled by another task, and gives up; the interrupt sends.
pub(super) const fn receive<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: a wait for a value from one",
        prepare: prepare_receiver,
        run: |stage| {
            let received = poll(&RECEIVING, NOW);
            stage.taken[0] = matches!(received, Poll::Ready(Ok(7))).then_some(7);
            RECEIVING.clear();
        },
        interrupt: || {
            in_interrupt(|| {
                try_send(7);
            });
        },
        check: |stage, landed| check_received(stage.taken[0].is_some(), landed.is_some(), true),
    }
}

/// A value is sent; the interrupt polls the receiver that waits, for another task, and drops it; if it had the value it waits for the
/// next.
pub(super) const fn send<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: while a value is sent to one",
        prepare: prepare_receiver,
        run: |_| {
            try_send(7);
        },
        interrupt: || {
            in_interrupt(|| {
                let ready = matches!(poll(&RECEIVING, NOW), Poll::Ready(Ok(7)));
                READY.store(ready, Ordering::Relaxed);
                RECEIVING.clear();
                if ready {
                    // SAFETY: it is in no future now.
                    RECEIVING.put(unsafe { RECEIVER.lend() }.recv());
                    let _ = poll(&RECEIVING, NOW);
                    RECEIVING.clear();
                }
            });
        },
        check: |_, landed| check_received(READY.load(Ordering::Relaxed), true, landed.is_some()),
    }
}

/// A sender that waits for room is polled by another task, and gives up; the interrupt receives.
pub(super) const fn wait_for_room<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: a wait for room for one",
        prepare: prepare_sender,
        run: |stage| {
            let sent = poll(&SENDING, NOW);
            stage.taken[0] = matches!(sent, Poll::Ready(Ok(()))).then_some(8);
            SENDING.clear();
        },
        interrupt: || {
            in_interrupt(|| {
                try_recv();
            });
        },
        check: |stage, landed| check_sent(stage.taken[0].is_some(), landed.is_some(), true),
    }
}

/// A value is received; the interrupt polls the sender that waits for room, for another task, and drops it; if it has sent it waits
/// for room again.
pub(super) const fn make_room<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: while a value is received from one",
        prepare: prepare_sender,
        run: |_| {
            try_recv();
        },
        interrupt: || {
            in_interrupt(|| {
                let ready = matches!(poll(&SENDING, NOW), Poll::Ready(Ok(())));
                READY.store(ready, Ordering::Relaxed);
                SENDING.clear();
                if ready {
                    // SAFETY: it is in no future now.
                    SENDING.put(unsafe { SENDER.lend() }.send(9));
                    let _ = poll(&SENDING, NOW);
                    SENDING.clear();
                }
            });
        },
        check: |_, landed| check_sent(READY.load(Ordering::Relaxed), true, landed.is_some()),
    }
}
