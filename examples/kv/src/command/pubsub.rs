//! Messages between clients: SUBSCRIBE, UNSUBSCRIBE, PUBLISH.

use super::refusal::Refusal;
use super::{Call, Outcome, Progress};
use crate::clients::Clients;
use crate::resp::reply::Output;
use crate::shared::Shared;
use crate::store::Unfit;
use crate::subscriptions::NoRoom;

/// The protocol's own bytes around a channel's name and a message in a reply, at most.
pub(crate) const AROUND_MESSAGE: usize = 64;

impl<const KEYS: usize, const KEY_LEN: usize, const VALUE_LEN: usize, const SUBSCRIPTIONS: usize>
    Shared<KEYS, KEY_LEN, VALUE_LEN, SUBSCRIPTIONS>
{
    /// `SUBSCRIBE channel [channel ...]`
    pub(crate) fn subscribe<'c, const CLIENTS: usize, const INBOX: usize>(
        &mut self,
        clients: &Clients<CLIENTS, INBOX, KEY_LEN, VALUE_LEN>,
        call: &mut Call<'c, '_>,
    ) -> Outcome<'c> {
        for (done, channel) in call.args.clone().enumerate().skip(call.from) {
            if call.out.room() < KEY_LEN + AROUND_MESSAGE {
                return Ok(Progress::More(done));
            }
            if channel.len() > KEY_LEN {
                return Err(Unfit::Key.into());
            }
            let mut added = self.subscriptions.add(call.caller.number, channel);
            if added.is_err() {
                self.subscriptions.remove_all(|client| clients.is_gone(client));
                added = self.subscriptions.add(call.caller.number, channel);
            }
            match added {
                Ok(new) => call.caller.subscribed += u32::from(new),
                Err(NoRoom) => return Err(Refusal::Subscriptions(SUBSCRIPTIONS)),
            }
            confirm(call.out, b"subscribe", Some(channel), call.caller.subscribed);
        }
        Ok(Progress::Done)
    }

    /// `UNSUBSCRIBE [channel ...]`; without names from all of them.
    pub(crate) fn unsubscribe<'c>(&mut self, call: &mut Call<'c, '_>) -> Outcome<'c> {
        if call.args.len() > 0 {
            for (done, channel) in call.args.clone().enumerate().skip(call.from) {
                if call.out.room() < KEY_LEN + AROUND_MESSAGE {
                    return Ok(Progress::More(done));
                }
                // It cannot be one of ours, and repeating it might not fit.
                if channel.len() > KEY_LEN {
                    return Err(Unfit::Key.into());
                }
                call.caller.subscribed -= u32::from(self.subscriptions.remove(call.caller.number, channel));
                confirm(call.out, b"unsubscribe", Some(channel), call.caller.subscribed);
            }
            return Ok(Progress::Done);
        }
        if call.caller.subscribed == 0 && call.from == 0 {
            confirm(call.out, b"unsubscribe", None, 0);
        }
        while call.caller.subscribed > 0 {
            if call.out.room() < KEY_LEN + AROUND_MESSAGE {
                return Ok(Progress::More(1));
            }
            let left = call.caller.subscribed - 1;
            let tell = |channel: &[u8]| confirm(call.out, b"unsubscribe", Some(channel), left);
            self.subscriptions.remove_any(call.caller.number, tell);
            call.caller.subscribed = left;
        }
        Ok(Progress::Done)
    }

    /// `PUBLISH channel message`
    pub(crate) fn publish_command<'c, const CLIENTS: usize, const INBOX: usize>(
        &mut self,
        clients: &Clients<CLIENTS, INBOX, KEY_LEN, VALUE_LEN>,
        call: &mut Call<'c, '_>,
    ) -> Outcome<'c> {
        let mut args = call.args.clone();
        let (Some(channel), Some(payload)) = (args.next(), args.next()) else { return Err(Refusal::Arity) };
        if payload.len() > VALUE_LEN {
            return Err(Unfit::Value.into());
        }
        match self.publish(clients, channel, payload) {
            Ok(receivers) => call.out.integer(receivers.into()),
            Err(full) => return Ok(Progress::Blocked(full)),
        }
        Ok(Progress::Done)
    }
}

/// One reply to SUBSCRIBE or UNSUBSCRIBE.
fn confirm(out: &mut Output<'_>, kind: &[u8], channel: Option<&[u8]>, subscribed: u32) {
    out.array(3);
    out.bulk(kind);
    match channel {
        Some(channel) => out.bulk(channel),
        None => out.nil(),
    }
    out.integer(subscribed.into());
}

/// A message as its subscribers get it.
pub(crate) fn message(out: &mut Output<'_>, channel: &[u8], payload: &[u8]) {
    out.array(3);
    out.bulk(b"message");
    out.bulk(channel);
    out.bulk(payload);
}
