//! The task that removes keys when their time has come.

use crate::server::Server;
use zokio_core::future::select;
use zokio_core::time::Clock;

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
    /// Removes every key when its time has come, and tells those who have subscribed to `__keyevent@0__:expired`. One
    /// task per server runs this.
    ///
    /// Without it no expired key is ever seen either, because commands look at the clock first; but it takes up its
    /// place until then, and nobody is told.
    ///
    /// **Cancel safety:** it can be dropped and started again; nothing is lost. **Wake-up:** at the earliest deadline of
    /// any key, and when a command sets an earlier one; never otherwise. **Complexity:** O(log `KEYS`) per expired key.
    /// **Interrupt-safe:** no; it is a task like others.
    pub async fn expire<C: Clock>(&self, clock: C) -> ! {
        loop {
            let expired = {
                let mut shared = self.lock().await;
                shared.expire(&self.clients, clock.now()).map(|()| shared.store.first_deadline())
            };
            match expired {
                Ok(Some(next)) => drop(select(clock.sleep_until(next), self.earlier.notified()).await),
                Ok(None) => self.earlier.notified().await,
                Err(full) => self.make_room(clock, full).await,
            }
        }
    }
}
