//! On tokio.

use super::{sync_work, to_all};
use ::tokio::runtime::Runtime;
use ::tokio::sync::{Notify, broadcast as to_all, watch as latest};

macro_rules! channel {
    ($room:literal) => {
        ::tokio::sync::mpsc::channel::<usize>($room)
    };
}

sync_work!(Runtime,
    spawn: ::tokio::spawn,
    give_way: ::tokio::task::yield_now,
    outside: |runtime: &Runtime, future| runtime.spawn(future),
    channel: channel,
    came: |value: Option<usize>| value.is_some(),
    semaphore: ::tokio::sync::Semaphore,
    acquire: acquire(),
    rwlock: ::tokio::sync::RwLock<usize>,
    mutex: ::tokio::sync::Mutex<usize>,
    notify: Notify::new(),
    told: Notify::notified,
    tell_all: Notify::notify_waiters,
    timeout: async |limit, future| ::tokio::time::timeout(limit, future).await.is_ok(),
    blocking: ::tokio::task::spawn_blocking);

to_all!(watch, Runtime,
    outside: |runtime: &Runtime, future| runtime.spawn(future),
    give_way: ::tokio::task::yield_now,
    new: latest::Sender::new(0usize),
    receiver: latest::Sender::subscribe,
    next: async |receiver: &mut latest::Receiver<usize>| receiver.changed().await.is_ok(),
    send: |sender: &latest::Sender<usize>, value| sender.send(value).is_ok());

to_all!(broadcast, Runtime,
    outside: |runtime: &Runtime, future| runtime.spawn(future),
    give_way: ::tokio::task::yield_now,
    new: to_all::Sender::<usize>::new(16),
    receiver: to_all::Sender::subscribe,
    next: async |receiver: &mut to_all::Receiver<usize>| receiver.recv().await.is_ok(),
    send: |sender: &to_all::Sender<usize>, value| sender.send(value).is_ok());

pub use crate::workers::tokio::runtime;
