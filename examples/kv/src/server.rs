//! The server: what is shared, and how large it is.

use crate::clients::Clients;
use crate::command::pubsub::AROUND_MESSAGE;
use crate::resp::number::Decimal;
use crate::shared::{EXPIRED, Shared};
use crate::store::MOST_SLOTS;
use core::hint::spin_loop;
use zokio_core::sync::{Mutex, MutexGuard, Notify};
use zokio_core::time::Clock;

/// How often to look whether the lock is free before waiting for it asleep.
const SPINS: u32 = 100;

/// A key-value server of a fixed size; see the [crate's page](crate).
///
/// | parameter | what it limits | at least |
/// |---|---|---|
/// | `KEYS` | keys | 1 |
/// | `KEY_LEN` | bytes of a key, and of a channel's name | 22, for `__keyevent@0__:expired` |
/// | `VALUE_LEN` | bytes of a value, and of a published message | `KEY_LEN`, and 20, for any number |
/// | `CLIENTS` | connected clients | 1 |
/// | `SUBSCRIPTIONS` | subscriptions of all clients together | 1 |
/// | `INBOX` | published messages that wait for one client | 1 |
/// | `IN` | bytes of a command, of all its arguments | `KEY_LEN + VALUE_LEN + 96`, for any SET |
/// | `OUT` | bytes of replies that are sent at once | `KEY_LEN + VALUE_LEN + 64`, for any message |
///
/// What is too small is a compile error. `IN` and `OUT` lie in the future of [`serve`](Self::serve), everything else in
/// the server itself. All zeros when new, so that a static one takes no place in flash.
///
/// ```
/// static SERVER: kv::Small = kv::Small::new();
/// ```
pub struct Server<
    const KEYS: usize,
    const KEY_LEN: usize,
    const VALUE_LEN: usize,
    const CLIENTS: usize,
    const SUBSCRIPTIONS: usize,
    const INBOX: usize,
    const IN: usize,
    const OUT: usize,
> {
    shared: Mutex<Shared<KEYS, KEY_LEN, VALUE_LEN, SUBSCRIPTIONS>>,
    pub(crate) clients: Clients<CLIENTS, INBOX, KEY_LEN, VALUE_LEN>,
    /// There is an earlier deadline than the expiry task knows of.
    pub(crate) earlier: Notify,
}

/// For a board with 16 KiB of RAM and one serial line: 32 keys of 32 bytes with values of 64, two places for clients.
pub type Small = Server<32, 32, 64, 2, 4, 2, 256, 192>;

#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Small>() <= 5 * 1024, "Small is for boards with 16 KiB of RAM");

/// For a larger board or a WASI module: 1024 keys of 64 bytes with values of 512, eight clients.
pub type Medium = Server<1024, 64, 512, 8, 64, 16, 2048, 2048>;

/// For a server: 65 536 keys of 128 bytes with values of 1024, a thousand clients, buffers of 16 KiB.
pub type Large = Server<65_536, 128, 1024, 1024, 4096, 64, 16_384, 16_384>;

impl<
    const KEYS: usize,
    const KEY_LEN: usize,
    const VALUE_LEN: usize,
    const CLIENTS: usize,
    const SUBSCRIPTIONS: usize,
    const INBOX: usize,
    const IN: usize,
    const OUT: usize,
> Server<KEYS, KEY_LEN, VALUE_LEN, CLIENTS, SUBSCRIPTIONS, INBOX, IN, OUT>
{
    /// Room for the largest reply that is not sent in pieces.
    pub(crate) const PIECE: usize = KEY_LEN + VALUE_LEN + AROUND_MESSAGE;

    const FITS: () = {
        assert!(KEYS > 0 && KEYS <= MOST_SLOTS, "KEYS must be between 1 and 16 777 215");
        assert!(KEY_LEN >= EXPIRED.len(), "KEY_LEN must be at least 22, to subscribe to __keyevent@0__:expired");
        assert!(KEY_LEN <= u16::MAX as usize, "KEY_LEN must be at most 65 535");
        assert!(VALUE_LEN >= Decimal::LONGEST, "VALUE_LEN must be at least 20, so that INCR can store any number");
        assert!(VALUE_LEN >= KEY_LEN, "VALUE_LEN must be at least KEY_LEN, because a message tells which key expired");
        assert!(CLIENTS > 0 && CLIENTS <= u16::MAX as usize, "CLIENTS must be between 1 and 65 535");
        assert!(SUBSCRIPTIONS > 0, "SUBSCRIPTIONS must be at least 1");
        assert!(IN >= KEY_LEN + VALUE_LEN + 96, "IN must be at least KEY_LEN + VALUE_LEN + 96, to hold any SET");
        assert!(OUT >= Self::PIECE, "OUT must be at least KEY_LEN + VALUE_LEN + 64");
    };

    /// An empty server.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        let () = Self::FITS;
        Self { shared: Mutex::new(Shared::new()), clients: Clients::new(), earlier: Notify::new() }
    }

    /// Locks what the sessions share.
    ///
    /// Nobody holds this lock across an `await`, so on a single thread it is free whenever a task runs. With several
    /// threads it is held for a microsecond; to wait for that is quicker than to sleep and be woken.
    #[inline]
    pub(crate) async fn lock(&self) -> MutexGuard<'_, Shared<KEYS, KEY_LEN, VALUE_LEN, SUBSCRIPTIONS>> {
        for _ in 0..SPINS {
            if let Some(shared) = self.shared.try_lock() {
                return shared;
            }
            spin_loop();
        }
        self.shared.lock().await
    }

    /// Hashes keys with another seed from now on, and removes all keys. Call it first, with a random number, where
    /// clients may be hostile: then they cannot choose keys that slow the server down.
    pub async fn seed(&self, seed: u64) {
        self.lock().await.store.reseed(seed);
    }

    /// Publishes `message` on `channel`, as the command PUBLISH does, and returns how many clients get it. For the
    /// program around the server: a button that was pressed, a reading that is due.
    ///
    /// If the inbox of a subscriber is full it waits until there is room, but for one second at most; the subscriber is
    /// given up then. A name longer than `KEY_LEN` or a message longer than `VALUE_LEN` goes to nobody.
    ///
    /// **Cancel safety:** it was sent to everybody or to nobody. **Wake-up:** once per subscriber whose inbox is full.
    /// **Complexity:** O(subscriptions). **Interrupt-safe:** no; it is a task like others.
    pub async fn publish<C: Clock>(&self, clock: C, channel: &[u8], message: &[u8]) -> u32 {
        if channel.len() > KEY_LEN || message.len() > VALUE_LEN {
            return 0;
        }
        loop {
            let published = self.lock().await.publish(&self.clients, channel, message);
            match published {
                Ok(receivers) => return receivers,
                Err(full) => self.make_room(clock, full).await,
            }
        }
    }
}
