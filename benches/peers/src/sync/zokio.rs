//! On Zokio.

use super::{sync_work, to_all};
use zokio_core::sync::{Broadcast, Channel, Notify, Watch};
use zokio_std::Runtime;

macro_rules! channel {
    ($room:literal) => {{
        let channel = Arc::new(Channel::<usize, $room>::new());
        (channel.clone(), channel)
    }};
}

sync_work!(Runtime,
    spawn: zokio_std::spawn,
    give_way: zokio_std::future::yield_now,
    outside: |runtime: &Runtime, future| runtime.spawn(future),
    channel: channel,
    came: |value: Result<usize, _>| value.is_ok(),
    semaphore: zokio_core::sync::Semaphore,
    acquire: acquire(1),
    rwlock: zokio_core::sync::RwLock<usize>,
    mutex: zokio_core::sync::Mutex<usize>,
    notify: Notify::new(),
    told: Notify::notified,
    tell_all: Notify::notify_all,
    timeout: async |limit, future| zokio_std::time::timeout(limit, future).await.is_ok(),
    blocking: zokio_std::task::spawn_blocking);

to_all!(watch, Runtime,
    outside: |runtime: &Runtime, future| runtime.spawn(future),
    give_way: zokio_std::future::yield_now,
    new: Watch::new(0usize),
    receiver: Watch::watcher,
    next: async |watcher: &mut zokio_core::sync::Watcher<'_, usize>| watcher.changed().await.is_ok(),
    send: |watch: &Watch<usize>, value| watch.send(value).is_ok());

to_all!(broadcast, Runtime,
    outside: |runtime: &Runtime, future| runtime.spawn(future),
    give_way: zokio_std::future::yield_now,
    new: Broadcast::<usize, 16>::new(),
    receiver: Broadcast::subscribe,
    next: async |subscriber: &mut zokio_core::sync::Subscriber<'_, usize, 16>| subscriber.recv().await.is_ok(),
    send: |broadcast: &Broadcast<usize, 16>, value| broadcast.send(value).is_ok());

pub use crate::workers::zokio::runtime;
