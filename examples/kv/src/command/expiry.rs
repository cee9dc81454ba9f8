//! How long a key lives: EXPIRE, PEXPIRE, TTL, PTTL, PERSIST.

use super::refusal::Refusal;
use super::{Call, Outcome, Progress};
use crate::resp::number::parse_i64;
use crate::store::Store;
use core::time::Duration;

/// Redis adds the Unix time in milliseconds, somewhat less than this, and refuses what does not fit an `i64` then.
const UNIX_TIME_MILLIS: i64 = 1 << 41;

/// Reads an amount of `unit` milliseconds. `None` for a negative one.
pub(crate) fn lifetime<'c>(amount: &[u8], unit: i64) -> Result<Option<Duration>, Refusal<'c>> {
    let amount = parse_i64(amount).ok_or(Refusal::NotInteger)?;
    let millis = amount.checked_mul(unit).filter(|millis| *millis <= i64::MAX - UNIX_TIME_MILLIS);
    let millis = millis.ok_or(Refusal::ExpireTime)?;
    Ok(u64::try_from(millis).ok().map(Duration::from_millis))
}

/// The condition of an EXPIRE.
#[derive(Default)]
struct Only {
    without: bool,
    with: bool,
    later: bool,
    earlier: bool,
}

impl<const KEYS: usize, const KEY_LEN: usize, const VALUE_LEN: usize> Store<KEYS, KEY_LEN, VALUE_LEN> {
    /// `EXPIRE key seconds [NX | XX | GT | LT]` and `PEXPIRE key milliseconds …`; `unit` in milliseconds.
    pub(crate) fn expire<'c>(&mut self, call: &mut Call<'c, '_>, unit: i64) -> Outcome<'c> {
        let (key, amount) = (call.argument()?, call.argument()?);
        let only = Only::read(call)?;
        // What lies in the past removes the key at once.
        let deadline =
            lifetime(amount, unit)?.filter(|lifetime| !lifetime.is_zero()).map(|lifetime| call.now + lifetime);
        let Some(slot) = self.find(key) else {
            call.out.integer(0);
            return Ok(Progress::Done);
        };
        let old = self.deadline(slot);
        // A key without a deadline lives for ever.
        let later = old.is_some_and(|old| deadline.is_some_and(|deadline| deadline > old));
        let earlier = old.is_none_or(|old| deadline.is_none_or(|deadline| deadline < old));
        let refused = only.without && old.is_some()
            || only.with && old.is_none()
            || only.later && !later
            || only.earlier && !earlier;
        match deadline {
            _ if refused => {}
            Some(deadline) => self.set_deadline(slot, Some(deadline)),
            None => self.remove(slot),
        }
        call.out.integer((!refused).into());
        Ok(Progress::Done)
    }

    /// `TTL key` and `PTTL key`; `unit` in milliseconds. Redis rounds seconds to the nearest.
    pub(crate) fn ttl<'c>(&self, call: &mut Call<'c, '_>, unit: u64) -> Outcome<'c> {
        let left = match self.find(call.argument()?) {
            None => -2,
            Some(slot) => match self.deadline(slot) {
                None => -1,
                Some(deadline) => {
                    let millis = deadline.nanos_since(call.now).div_ceil(1_000_000);
                    ((millis + unit / 2) / unit) as i64
                }
            },
        };
        call.out.integer(left);
        Ok(Progress::Done)
    }

    /// `PERSIST key`
    pub(crate) fn persist<'c>(&mut self, call: &mut Call<'c, '_>) -> Outcome<'c> {
        let slot = self.find(call.argument()?).filter(|slot| self.deadline(*slot).is_some());
        if let Some(slot) = slot {
            self.set_deadline(slot, None);
        }
        call.out.integer(slot.is_some().into());
        Ok(Progress::Done)
    }
}

impl Only {
    fn read<'c>(call: &mut Call<'c, '_>) -> Result<Self, Refusal<'c>> {
        let mut only = Self::default();
        for word in call.args.by_ref() {
            let is = |option: &str| word.eq_ignore_ascii_case(option.as_bytes());
            let flag = match () {
                () if is("nx") => &mut only.without,
                () if is("xx") => &mut only.with,
                () if is("gt") => &mut only.later,
                () if is("lt") => &mut only.earlier,
                () => return Err(Refusal::ExpireOption(word)),
            };
            *flag = true;
        }
        if only.without && (only.with || only.later || only.earlier) {
            return Err(Refusal::ExpireNxWithOthers);
        }
        if only.later && only.earlier {
            return Err(Refusal::ExpireGtWithLt);
        }
        Ok(only)
    }
}
