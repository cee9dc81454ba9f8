//! Keys and values: GET, SET, MGET, MSET, DEL, EXISTS.

use super::expiry::lifetime;
use super::refusal::Refusal;
use super::{Call, Outcome, Progress};
use crate::store::{Store, Unfit};
use core::time::Duration;

/// The protocol's own bytes around a value in a reply, at most.
const AROUND_VALUE: usize = 32;

/// What stands behind the value of a SET.
#[derive(Default)]
struct SetOptions {
    only_new: bool,
    only_old: bool,
    keep_deadline: bool,
    return_old: bool,
    lifetime: Option<Duration>,
}

impl<const KEYS: usize, const KEY_LEN: usize, const VALUE_LEN: usize> Store<KEYS, KEY_LEN, VALUE_LEN> {
    /// `GET key`
    #[inline]
    pub(crate) fn get(&self, call: &mut Call<'_, '_>) -> Outcome<'static> {
        let slot = call.args.next().and_then(|key| self.find(key));
        self.reply(slot, call);
        Ok(Progress::Done)
    }

    /// `SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | KEEPTTL]`
    #[inline]
    pub(crate) fn set<'c>(&mut self, call: &mut Call<'c, '_>) -> Outcome<'c> {
        let (key, value) = (call.argument()?, call.argument()?);
        let options = match call.args.len() {
            0 => SetOptions::default(),
            _ => SetOptions::read(call)?,
        };
        let place = self.locate(key);
        let skipped = if place.slot.is_some() { options.only_new } else { options.only_old };
        if !skipped {
            self.admits(place, key, value)?;
        }
        // The old value must be told before it is gone.
        match options.return_old {
            true => self.reply(place.slot, call),
            false if skipped => call.out.nil(),
            false => call.out.ok(),
        }
        if !skipped {
            let slot = self.put(place, key, value)?;
            if let Some(lifetime) = options.lifetime {
                self.set_deadline(slot, Some(call.now + lifetime));
            } else if !options.keep_deadline {
                self.set_deadline(slot, None);
            }
        }
        Ok(Progress::Done)
    }

    /// `MGET key [key ...]`
    pub(crate) fn mget(&self, call: &mut Call<'_, '_>) -> Outcome<'static> {
        // The head counts as the first piece.
        let mut pieces = call.from;
        if pieces == 0 {
            call.out.array(call.args.len());
            pieces = 1;
        }
        for key in call.args.clone().skip(pieces - 1) {
            if call.out.room() < VALUE_LEN + AROUND_VALUE {
                return Ok(Progress::More(pieces));
            }
            self.reply(self.find(key), call);
            pieces += 1;
        }
        Ok(Progress::Done)
    }

    /// `MSET key value [key value ...]`; all or, if something does not fit, none.
    ///
    /// A new key that is named twice is counted twice against the free slots.
    pub(crate) fn mset<'c>(&mut self, call: &mut Call<'c, '_>) -> Outcome<'c> {
        if !call.args.len().is_multiple_of(2) {
            return Err(Refusal::Arity);
        }
        // Whether a key is new need not be asked while there is room for all of them.
        let room_for_all = self.free() >= call.args.len() as usize / 2;
        let mut new = 0;
        let mut pairs = call.args.clone();
        while let (Some(key), Some(value)) = (pairs.next(), pairs.next()) {
            if key.len() > KEY_LEN {
                return Err(Unfit::Key.into());
            }
            if value.len() > VALUE_LEN {
                return Err(Unfit::Value.into());
            }
            new += usize::from(!room_for_all && self.find(key).is_none());
            if new > self.free() {
                return Err(Unfit::Full.into());
            }
        }
        while let (Some(key), Some(value)) = (call.args.next(), call.args.next()) {
            let slot = self.put(self.locate(key), key, value)?;
            self.set_deadline(slot, None);
        }
        call.out.ok();
        Ok(Progress::Done)
    }

    /// `DEL key [key ...]`
    pub(crate) fn del(&mut self, call: &mut Call<'_, '_>) -> Outcome<'static> {
        let mut removed = 0;
        for key in call.args.clone() {
            if let Some(slot) = self.find(key) {
                self.remove(slot);
                removed += 1;
            }
        }
        call.out.integer(removed);
        Ok(Progress::Done)
    }

    /// `EXISTS key [key ...]`
    pub(crate) fn exists(&self, call: &mut Call<'_, '_>) -> Outcome<'static> {
        let found = call.args.clone().filter(|key| self.find(key).is_some()).count();
        call.out.integer(found as i64);
        Ok(Progress::Done)
    }

    #[inline]
    fn reply(&self, slot: Option<crate::store::Slot>, call: &mut Call<'_, '_>) {
        match slot {
            Some(slot) => call.out.bulk(self.value(slot)),
            None => call.out.nil(),
        }
    }
}

impl SetOptions {
    fn read<'c>(call: &mut Call<'c, '_>) -> Result<Self, Refusal<'c>> {
        let mut options = Self::default();
        let mut expire = None;
        while let Some(word) = call.args.next() {
            let is = |option: &str| word.eq_ignore_ascii_case(option.as_bytes());
            let timed = expire.is_some() || options.keep_deadline;
            if is("nx") && !options.only_old {
                options.only_new = true;
            } else if is("xx") && !options.only_new {
                options.only_old = true;
            } else if is("get") {
                options.return_old = true;
            } else if is("keepttl") && expire.is_none() {
                options.keep_deadline = true;
            } else if is("ex") && !timed {
                expire = Some((call.args.next().ok_or(Refusal::Syntax)?, 1000));
            } else if is("px") && !timed {
                expire = Some((call.args.next().ok_or(Refusal::Syntax)?, 1));
            } else {
                return Err(Refusal::Syntax);
            }
        }
        if let Some((amount, unit)) = expire {
            let lifetime = lifetime(amount, unit)?.filter(|lifetime| !lifetime.is_zero());
            options.lifetime = Some(lifetime.ok_or(Refusal::ExpireTime)?);
        }
        Ok(options)
    }
}
