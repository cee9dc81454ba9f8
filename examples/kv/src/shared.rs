//! What all sessions share: the keys, the subscriptions, the counters.

use crate::clients::{Clients, Full};
use crate::store::Store;
use crate::subscriptions::Subscriptions;
use zokio_core::time::Instant;

/// Where Redis tells that a key has expired; the message is the key.
pub(crate) const EXPIRED: &[u8] = b"__keyevent@0__:expired";

pub(crate) struct Shared<const KEYS: usize, const KEY_LEN: usize, const VALUE_LEN: usize, const SUBSCRIPTIONS: usize> {
    pub(crate) store: Store<KEYS, KEY_LEN, VALUE_LEN>,
    pub(crate) subscriptions: Subscriptions<SUBSCRIPTIONS, KEY_LEN>,
    pub(crate) statistics: Statistics,
}

/// What has happened since the start; `CONFIG RESETSTAT` starts anew. All of it wraps.
#[derive(Clone, Copy, Default)]
pub(crate) struct Statistics {
    pub(crate) connections: u32,
    pub(crate) commands: u64,
    pub(crate) expired: u32,
    pub(crate) dropped: u32,
}

impl<const KEYS: usize, const KEY_LEN: usize, const VALUE_LEN: usize, const SUBSCRIPTIONS: usize>
    Shared<KEYS, KEY_LEN, VALUE_LEN, SUBSCRIPTIONS>
{
    pub(crate) const fn new() -> Self {
        Self {
            store: Store::new(0),
            subscriptions: Subscriptions::new(),
            statistics: Statistics { connections: 0, commands: 0, expired: 0, dropped: 0 },
        }
    }

    /// Removes the keys whose time has come, and tells those who have subscribed to that. O(1) if there are none.
    ///
    /// # Errors
    /// The inbox of a subscriber is full; keys are left. Try again when it is not, or give the subscriber up.
    #[inline]
    pub(crate) fn expire<const CLIENTS: usize, const INBOX: usize>(
        &mut self,
        clients: &Clients<CLIENTS, INBOX, KEY_LEN, VALUE_LEN>,
        now: Instant,
    ) -> Result<(), Full> {
        while let Some(slot) = self.store.due(now) {
            let published = clients.publish(&self.subscriptions, EXPIRED, self.store.key(slot))?;
            self.statistics.dropped = self.statistics.dropped.wrapping_add(published.dropped);
            self.statistics.expired = self.statistics.expired.wrapping_add(1);
            self.store.remove(slot);
        }
        Ok(())
    }

    /// Sends `payload` to everybody who has subscribed to `channel`. Returns how many those are.
    ///
    /// # Errors
    /// As [`expire`](Self::expire); nothing was sent then.
    pub(crate) fn publish<const CLIENTS: usize, const INBOX: usize>(
        &mut self,
        clients: &Clients<CLIENTS, INBOX, KEY_LEN, VALUE_LEN>,
        channel: &[u8],
        payload: &[u8],
    ) -> Result<u32, Full> {
        let published = clients.publish(&self.subscriptions, channel, payload)?;
        self.statistics.dropped = self.statistics.dropped.wrapping_add(published.dropped);
        Ok(published.receivers)
    }
}
