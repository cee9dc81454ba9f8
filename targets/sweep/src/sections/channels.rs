//! Send and receive: channels, signals, notifications.

use super::{Section, ensure};
use crate::machine::Machine;
use crate::stage::Stage;
use crate::witness::{log, logged, logging_waker};
use core::pin::pin;
use core::task::{Context, Poll};
use zokio_core::sync::{Channel, Notify, Signal};

/// Has a task that receives.
static SERVED: Channel<u8, 4> = Channel::new();
/// Has none.
static BARE: Channel<u8, 4> = Channel::new();
/// Has room for one value.
static NARROW: Channel<u8, 1> = Channel::new();
static SIGNAL: Signal<u8> = Signal::new();
static NOTIFY: Notify = Notify::new();

#[zokio_core::task(pool = 1)]
async fn receive_all() {
    while let Ok(value) = SERVED.recv().await {
        log(value);
    }
}

#[zokio_core::task(pool = 1)]
async fn take_signals() {
    loop {
        log(SIGNAL.wait().await);
    }
}

#[zokio_core::task(pool = 1)]
async fn take_notifications() {
    loop {
        NOTIFY.notified().await;
        log(60);
    }
}

/// Starts the tasks at the other end.
pub(crate) fn start_receivers<M: Machine>(stage: &mut Stage<M>) {
    stage.start(receive_all());
    stage.start(take_signals());
    stage.start(take_notifications());
}

/// Two values are sent to a waiting task; the interrupt sends one.
pub(super) const fn send<M: Machine>() -> Section<M> {
    Section {
        name: "channel: send",
        prepare: |stage| stage.clear(),
        run: |_| {
            let _ = SERVED.try_send(41);
            let _ = SERVED.try_send(42);
        },
        interrupt: || {
            let _ = SERVED.try_send(51);
        },
        check: |stage, landed| {
            stage.settle()?;
            let log = logged();
            ensure(log.once_in_order(&[41, 42]), "a value did not arrive once, in order")?;
            ensure(log.count(51) == usize::from(landed.is_some()), "the interrupt's value did not arrive once")?;
            ensure(SERVED.is_empty(), "a value was left")?;
            // Once round the ring in every run, so that every run finds it at the same place.
            for _ in 2 + usize::from(landed.is_some())..SERVED.capacity() {
                ensure(SERVED.try_send(0).is_ok(), "there is no place")?;
            }
            stage.settle()
        },
    }
}

/// A value is received at once, then somebody waits for another one and gives up; the interrupt sends one.
pub(super) const fn receive<M: Machine>() -> Section<M> {
    Section {
        name: "channel: receive, wait, give up",
        prepare: |stage| {
            stage.clear();
            let _ = BARE.try_send(41);
        },
        run: |stage| {
            stage.taken[0] = BARE.try_recv().ok().map(u32::from);
            let waker = logging_waker(1);
            let mut waiting = pin!(BARE.recv());
            if let Poll::Ready(Ok(value)) = waiting.as_mut().poll(&mut Context::from_waker(&waker)) {
                stage.taken[1] = Some(value.into());
            }
        },
        interrupt: || {
            let _ = BARE.try_send(51);
        },
        check: |stage, landed| {
            stage.settle()?;
            ensure(stage.taken[0] == Some(41), "the first value was not the first")?;
            let left = BARE.try_recv().ok().map(u32::from);
            let (sent, received) = (usize::from(landed.is_some()), [stage.taken[1], left]);
            ensure(received.iter().flatten().count() == sent, "the interrupt's value was lost or doubled")?;
            ensure(received.iter().flatten().all(|value| *value == 51), "a value was changed")?;
            ensure(BARE.is_empty(), "a value was left")?;
            for _ in 1 + sent..BARE.capacity() {
                ensure(BARE.try_send(0).is_ok() && BARE.try_recv() == Ok(0), "the ring is broken")?;
            }
            Ok(())
        },
    }
}

/// A sender waits for a place in a full channel and gives up; the interrupt receives.
pub(super) const fn wait_for_a_place<M: Machine>() -> Section<M> {
    Section {
        name: "channel: wait for a place",
        prepare: |stage| {
            stage.clear();
            let _ = NARROW.try_send(41);
        },
        run: |stage| {
            let waker = logging_waker(1);
            let mut waiting = pin!(NARROW.send(42));
            for _ in 0..2 {
                if waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                    stage.taken[0] = Some(42);
                    break;
                }
            }
        },
        interrupt: || {
            let _ = NARROW.try_recv();
        },
        check: |stage, landed| {
            stage.settle()?;
            // What must be in it: the old value if nobody took it, the new one if it was sent.
            let (old, new) = (landed.is_none(), stage.taken[0].is_some());
            ensure(!(old && new), "two values fit where there is room for one")?;
            let left = NARROW.try_recv().ok();
            // Where the interrupt came after the sending it took the first, which is still the old one.
            ensure(
                left == if old {
                    Some(41)
                } else if new {
                    Some(42)
                } else {
                    None
                },
                "a value was lost or doubled",
            )?;
            ensure(NARROW.is_empty(), "a value was left")?;
            ensure(NARROW.try_send(1).is_ok() && NARROW.try_recv().is_ok(), "the place was lost")
        },
    }
}

/// A value is signalled and taken; the interrupt signals another one.
pub(super) const fn signal<M: Machine>() -> Section<M> {
    Section {
        name: "signal and take",
        prepare: |stage| stage.clear(),
        run: |stage| {
            SIGNAL.signal(41);
            stage.turn();
        },
        interrupt: || {
            SIGNAL.signal(51);
        },
        check: |stage, landed| {
            stage.settle()?;
            let log = logged();
            ensure(log.count(41) <= 1 && log.count(51) <= 1, "a value was taken twice")?;
            ensure(!SIGNAL.is_signaled(), "a value was left")?;
            match landed {
                None => ensure(log.last() == Some(41) && log.len() == 1, "the value was not taken"),
                Some(since) => ensure(
                    log.has_since(51, since) || log.has_since(41, since),
                    "the newest value was not taken after the interrupt",
                ),
            }
        },
    }
}

/// A waiting task is notified; the interrupt notifies, too.
pub(super) const fn notify<M: Machine>() -> Section<M> {
    Section {
        name: "notify and wait",
        prepare: |stage| stage.clear(),
        run: |stage| {
            NOTIFY.notify_one();
            stage.turn();
        },
        interrupt: || NOTIFY.notify_one(),
        check: |stage, landed| {
            stage.settle()?;
            let log = logged();
            // The second of two that come before the task runs finds nobody waiting, and is kept for the next round.
            ensure(log.count(60) == 1 + usize::from(landed.is_some()), "a notification was lost or doubled")
        },
    }
}
