//! Who has subscribed to what.

/// Up to `SUBSCRIPTIONS` pairs of a client and the name of a channel.
///
/// A plain list: publishing looks at every subscription there is, and costs nothing if there is none.
///
/// All zeros when empty, so that a static one takes no place in flash.
pub(crate) struct Subscriptions<const SUBSCRIPTIONS: usize, const NAME_LEN: usize> {
    list: [Subscription<NAME_LEN>; SUBSCRIPTIONS],
    length: usize,
}

#[derive(Clone, Copy)]
struct Subscription<const NAME_LEN: usize> {
    client: u16,
    name_len: u16,
    name: [u8; NAME_LEN],
}

/// There is no room for another subscription.
pub(crate) struct NoRoom;

impl<const SUBSCRIPTIONS: usize, const NAME_LEN: usize> Subscriptions<SUBSCRIPTIONS, NAME_LEN> {
    pub(crate) const fn new() -> Self {
        Self { list: [Subscription { client: 0, name_len: 0, name: [0; NAME_LEN] }; SUBSCRIPTIONS], length: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// The clients that have subscribed to `channel`, each once.
    pub(crate) fn of_channel(&self, channel: &[u8]) -> impl Iterator<Item = u16> {
        self.all().iter().filter(move |entry| entry.name() == channel).map(|entry| entry.client)
    }

    /// Subscribes `client`. Returns whether it was not subscribed before. The name must not be longer than `NAME_LEN`.
    pub(crate) fn add(&mut self, client: u16, channel: &[u8]) -> Result<bool, NoRoom> {
        if self.of_channel(channel).any(|other| other == client) {
            return Ok(false);
        }
        let entry = self.list.get_mut(self.length).ok_or(NoRoom)?;
        entry.name.get_mut(..channel.len()).ok_or(NoRoom)?.copy_from_slice(channel);
        entry.name_len = channel.len() as u16;
        entry.client = client;
        self.length += 1;
        Ok(true)
    }

    /// Ends one subscription of `client`. Returns whether there was one.
    pub(crate) fn remove(&mut self, client: u16, channel: &[u8]) -> bool {
        let found = self.all().iter().position(|entry| entry.client == client && entry.name() == channel);
        found.is_some_and(|index| self.take(index))
    }

    /// Ends any one subscription of `client`, after `tell` has been given the channel's name.
    pub(crate) fn remove_any(&mut self, client: u16, tell: impl FnOnce(&[u8])) -> bool {
        let Some(index) = self.all().iter().position(|entry| entry.client == client) else { return false };
        if let Some(entry) = self.list.get(index) {
            tell(entry.name());
        }
        self.take(index)
    }

    /// Ends all subscriptions of clients that `is_gone` says of.
    pub(crate) fn remove_all(&mut self, mut is_gone: impl FnMut(u16) -> bool) {
        let mut index = 0;
        while let Some(entry) = self.all().get(index) {
            if is_gone(entry.client) {
                self.take(index);
            } else {
                index += 1;
            }
        }
    }

    fn all(&self) -> &[Subscription<NAME_LEN>] {
        self.list.get(..self.length).unwrap_or(&[])
    }

    /// The last one fills the gap.
    fn take(&mut self, index: usize) -> bool {
        let Some(last) = self.all().last().copied() else { return false };
        if let Some(entry) = self.list.get_mut(index) {
            *entry = last;
            self.length -= 1;
        }
        true
    }
}

impl<const NAME_LEN: usize> Subscription<NAME_LEN> {
    fn name(&self) -> &[u8] {
        self.name.get(..self.name_len as usize).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscribe_publish_unsubscribe() {
        let mut subscriptions = Subscriptions::<3, 4>::new();
        assert!(matches!(subscriptions.add(1, b"news"), Ok(true)));
        assert!(matches!(subscriptions.add(1, b"news"), Ok(false)));
        assert!(matches!(subscriptions.add(2, b"news"), Ok(true)));
        assert!(matches!(subscriptions.add(2, b"odd"), Ok(true)));
        assert!(matches!(subscriptions.add(3, b"odd"), Err(NoRoom)));
        assert_eq!(subscriptions.of_channel(b"news").collect::<Vec<_>>(), [1, 2]);
        assert!(subscriptions.remove(1, b"news"));
        assert!(!subscriptions.remove(1, b"news"));
        assert_eq!(subscriptions.of_channel(b"news").collect::<Vec<_>>(), [2]);
        let mut told = Vec::new();
        while subscriptions.remove_any(2, |name| told.push(name.to_vec())) {}
        told.sort();
        assert_eq!(told, [b"news".to_vec(), b"odd".to_vec()]);
        assert_eq!(subscriptions.len(), 0);
    }

    #[test]
    fn those_who_left_are_swept_out() {
        let mut subscriptions = Subscriptions::<8, 4>::new();
        for client in 0..8 {
            assert!(subscriptions.add(client, b"all").is_ok());
        }
        subscriptions.remove_all(|client| client % 3 != 0);
        let mut left: Vec<_> = subscriptions.of_channel(b"all").collect();
        left.sort_unstable();
        assert_eq!(left, [0, 3, 6]);
    }
}
