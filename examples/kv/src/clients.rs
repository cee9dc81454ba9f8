//! The clients: who is connected, and what has been published for each of them.

use crate::subscriptions::Subscriptions;
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use zokio_core::sync::Channel;

/// A published message on its way to a client.
#[derive(Clone)]
pub(crate) struct Message<const NAME_LEN: usize, const PAYLOAD_LEN: usize> {
    name_len: u16,
    payload_len: u32,
    name: [u8; NAME_LEN],
    payload: [u8; PAYLOAD_LEN],
}

impl<const NAME_LEN: usize, const PAYLOAD_LEN: usize> Message<NAME_LEN, PAYLOAD_LEN> {
    /// `None` if something is too long.
    fn new(channel: &[u8], payload: &[u8]) -> Option<Self> {
        let mut message = Self {
            name_len: channel.len() as u16,
            payload_len: payload.len() as u32,
            name: [0; NAME_LEN],
            payload: [0; PAYLOAD_LEN],
        };
        message.name.get_mut(..channel.len())?.copy_from_slice(channel);
        message.payload.get_mut(..payload.len())?.copy_from_slice(payload);
        Some(message)
    }

    pub(crate) fn channel(&self) -> &[u8] {
        self.name.get(..self.name_len as usize).unwrap_or(&[])
    }

    pub(crate) fn payload(&self) -> &[u8] {
        self.payload.get(..self.payload_len as usize).unwrap_or(&[])
    }
}

/// The places for clients, each with an inbox.
///
/// *Invariant "one owner":* FREE or GONE becomes TAKEN under the server's lock; TAKEN becomes LEAVING and then GONE by the
/// [`Connection`] that took it, wherever that is dropped. The subscriptions of a client that is gone are nobody's; they
/// are removed before its place is taken again.
pub(crate) struct Clients<const CLIENTS: usize, const INBOX: usize, const NAME_LEN: usize, const PAYLOAD_LEN: usize> {
    /// Apart from the inboxes, so that looking through them all touches little memory.
    places: [Place; CLIENTS],
    inboxes: [Channel<Message<NAME_LEN, PAYLOAD_LEN>, INBOX>; CLIENTS],
}

struct Place {
    state: AtomicU8,
    /// It did not fetch its messages for so long that some were dropped.
    lags: AtomicBool,
}

const FREE: u8 = 0;
const TAKEN: u8 = 1;
/// Nothing is sent to it any more, and its inbox is being emptied.
const LEAVING: u8 = 2;
const GONE: u8 = 3;

/// A place and its inbox.
pub(crate) struct Client<'s, const INBOX: usize, const NAME_LEN: usize, const PAYLOAD_LEN: usize> {
    place: &'s Place,
    inbox: &'s Channel<Message<NAME_LEN, PAYLOAD_LEN>, INBOX>,
}

/// The inbox of this client is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full {
    pub(crate) client: u16,
}

/// What became of a message.
#[derive(Default)]
pub(crate) struct Published {
    pub(crate) receivers: u32,
    pub(crate) dropped: u32,
}

impl<const CLIENTS: usize, const INBOX: usize, const NAME_LEN: usize, const PAYLOAD_LEN: usize>
    Clients<CLIENTS, INBOX, NAME_LEN, PAYLOAD_LEN>
{
    pub(crate) const fn new() -> Self {
        Self {
            places: [const { Place { state: AtomicU8::new(FREE), lags: AtomicBool::new(false) } }; CLIENTS],
            inboxes: [const { Channel::new() }; CLIENTS],
        }
    }

    /// A place for a new client, if there is one. The server must be locked (`subscriptions` shows that it is).
    pub(crate) fn connect<const SUBSCRIPTIONS: usize>(
        &self,
        subscriptions: &mut Subscriptions<SUBSCRIPTIONS, NAME_LEN>,
    ) -> Option<Connection<'_, INBOX, NAME_LEN, PAYLOAD_LEN>> {
        let is_free = |place: &Place| matches!(place.state.load(Ordering::Acquire), FREE | GONE);
        let (number, place) = (0u16..).zip(&self.places).find(|(_, place)| is_free(place))?;
        let client = self.get(number)?;
        if place.state.load(Ordering::Relaxed) == GONE {
            subscriptions.remove_all(|other| other == number);
            client.drain();
        }
        place.lags.store(false, Ordering::Relaxed);
        place.state.store(TAKEN, Ordering::Relaxed);
        Some(Connection { client, number })
    }

    pub(crate) fn get(&self, number: u16) -> Option<Client<'_, INBOX, NAME_LEN, PAYLOAD_LEN>> {
        let (place, inbox) = (self.places.get(number as usize)?, self.inboxes.get(number as usize)?);
        Some(Client { place, inbox })
    }

    pub(crate) fn is_gone(&self, number: u16) -> bool {
        self.places.get(number as usize).is_none_or(|place| !place.is_taken())
    }

    /// How many are connected. O(`CLIENTS`).
    pub(crate) fn count(&self) -> usize {
        self.places.iter().filter(|place| place.is_taken()).count()
    }

    /// Puts a message into the inbox of every subscriber, or into none if one of them is full and not known to lag.
    ///
    /// The server must be locked, so that nobody else sends meanwhile.
    pub(crate) fn publish<const SUBSCRIPTIONS: usize>(
        &self,
        subscriptions: &Subscriptions<SUBSCRIPTIONS, NAME_LEN>,
        channel: &[u8],
        payload: &[u8],
    ) -> Result<Published, Full> {
        let mut published = Published::default();
        if subscriptions.len() == 0 {
            return Ok(published);
        }
        let subscribers = || {
            let numbers = subscriptions.of_channel(channel).filter(|number| !self.is_gone(*number));
            numbers.filter_map(|number| Some((number, self.get(number)?)))
        };
        for (number, client) in subscribers() {
            if !client.lags() && client.inbox.try_reserve().is_err() {
                return Err(Full { client: number });
            }
        }
        for (_, client) in subscribers() {
            let message = Message::new(channel, payload).filter(|_| !client.lags());
            match message.map(|message| client.inbox.try_send(message)) {
                Some(Ok(())) => published.receivers += 1,
                _ => published.dropped += 1,
            }
        }
        Ok(published)
    }
}

impl Place {
    fn is_taken(&self) -> bool {
        self.state.load(Ordering::Acquire) == TAKEN
    }
}

impl<'s, const INBOX: usize, const NAME_LEN: usize, const PAYLOAD_LEN: usize> Client<'s, INBOX, NAME_LEN, PAYLOAD_LEN> {
    /// From now on messages for this client may be dropped; it is to be disconnected.
    pub(crate) fn give_up(&self) {
        self.place.lags.store(true, Ordering::Relaxed);
    }

    pub(crate) fn lags(&self) -> bool {
        self.place.lags.load(Ordering::Relaxed)
    }

    pub(crate) fn inbox(&self) -> &'s Channel<Message<NAME_LEN, PAYLOAD_LEN>, INBOX> {
        self.inbox
    }

    fn drain(&self) {
        while self.inbox.try_recv().is_ok() {}
    }
}

/// A client's hold on its place; dropping it leaves, whatever the reason.
pub(crate) struct Connection<'s, const INBOX: usize, const NAME_LEN: usize, const PAYLOAD_LEN: usize> {
    pub(crate) client: Client<'s, INBOX, NAME_LEN, PAYLOAD_LEN>,
    pub(crate) number: u16,
}

impl<const INBOX: usize, const NAME_LEN: usize, const PAYLOAD_LEN: usize> Drop
    for Connection<'_, INBOX, NAME_LEN, PAYLOAD_LEN>
{
    fn drop(&mut self) {
        let state = &self.client.place.state;
        state.store(LEAVING, Ordering::Release);
        // Whoever waits for room in this inbox must not wait for a client that is gone.
        self.client.drain();
        state.store(GONE, Ordering::Release);
    }
}
