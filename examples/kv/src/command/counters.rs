//! Values that are numbers: INCR, DECR, INCRBY, DECRBY.

use super::refusal::Refusal;
use super::{Call, Outcome, Progress};
use crate::resp::number::{Decimal, parse_i64};
use crate::store::Store;

impl<const KEYS: usize, const KEY_LEN: usize, const VALUE_LEN: usize> Store<KEYS, KEY_LEN, VALUE_LEN> {
    /// `INCR key` and `DECR key`
    pub(crate) fn step<'c>(&mut self, call: &mut Call<'c, '_>, delta: i64) -> Outcome<'c> {
        let key = call.argument()?;
        self.add(call, key, delta)
    }

    /// `INCRBY key increment`
    pub(crate) fn increase<'c>(&mut self, call: &mut Call<'c, '_>) -> Outcome<'c> {
        let key = call.argument()?;
        let delta = parse_i64(call.argument()?).ok_or(Refusal::NotInteger)?;
        self.add(call, key, delta)
    }

    /// `DECRBY key decrement`
    pub(crate) fn decrease<'c>(&mut self, call: &mut Call<'c, '_>) -> Outcome<'c> {
        let key = call.argument()?;
        let delta = parse_i64(call.argument()?).ok_or(Refusal::NotInteger)?;
        self.add(call, key, delta.checked_neg().ok_or(Refusal::DecrementOverflow)?)
    }

    /// A key that is not there counts from 0. A deadline stays.
    fn add<'c>(&mut self, call: &mut Call<'c, '_>, key: &[u8], delta: i64) -> Outcome<'c> {
        let place = self.locate(key);
        let old = match place.slot {
            Some(slot) => parse_i64(self.value(slot)).ok_or(Refusal::NotInteger)?,
            None => 0,
        };
        let new = Decimal::signed(old.checked_add(delta).ok_or(Refusal::Overflow)?);
        self.put(place, key, new.as_bytes())?;
        call.out.decimal(&new);
        Ok(Progress::Done)
    }
}
