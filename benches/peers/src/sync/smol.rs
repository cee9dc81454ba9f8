//! On smol: async-executor with async-channel, async-lock, event-listener and blocking. It has no channel for the latest value.

#![allow(dropping_copy_types, reason = "detached tasks leave nothing")]

use super::sync_work;
use crate::workers_smol::{EXECUTOR, Smol};
use async_io::Timer;
use event_listener::Event;
use futures_lite::FutureExt;

macro_rules! channel {
    ($room:literal) => {
        async_channel::bounded::<usize>($room)
    };
}

sync_work!(Smol,
    spawn: |future| EXECUTOR.spawn(future).detach(),
    give_way: futures_lite::future::yield_now,
    outside: |_: &Smol, future| EXECUTOR.spawn(future).detach(),
    channel: channel,
    came: |value: Result<usize, _>| value.is_ok(),
    semaphore: async_lock::Semaphore,
    acquire: acquire(),
    rwlock: async_lock::RwLock<usize>,
    mutex: async_lock::Mutex<usize>,
    notify: Event::new(),
    told: Event::<()>::listen,
    tell_all: |event: &Event| event.notify(usize::MAX),
    timeout: async |limit, future: std::future::Ready<u64>| {
        let late = async {
            Timer::after(limit).await;
            false
        };
        async {
            future.await;
            true
        }
        .or(late)
        .await
    },
    blocking: blocking::unblock);

pub use crate::workers_smol::runtime;
