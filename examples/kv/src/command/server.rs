//! What concerns the server: COMMAND, CONFIG, DBSIZE, FLUSHALL.

use super::glob;
use super::refusal::Refusal;
use super::table::{Keys, Row, TABLE};
use super::{Call, Outcome, Progress};
use crate::resp::number::Decimal;
use crate::resp::window::Window;
use crate::shared::Statistics;
use crate::store::Store;

impl<const KEYS: usize, const KEY_LEN: usize, const VALUE_LEN: usize> Store<KEYS, KEY_LEN, VALUE_LEN> {
    /// `DBSIZE`
    pub(crate) fn dbsize(&self, call: &mut Call<'_, '_>) -> Outcome<'static> {
        call.out.integer(self.len() as i64);
        Ok(Progress::Done)
    }

    /// `FLUSHALL [ASYNC | SYNC]`
    pub(crate) fn flushall<'c>(&mut self, call: &mut Call<'c, '_>) -> Outcome<'c> {
        let how = call.args.next();
        if call.args.len() > 0
            || how.is_some_and(|how| !how.eq_ignore_ascii_case(b"async") && !how.eq_ignore_ascii_case(b"sync"))
        {
            return Err(Refusal::Syntax);
        }
        self.clear();
        call.out.ok();
        Ok(Progress::Done)
    }
}

/// `COMMAND [COUNT | DOCS | INFO]`
pub(crate) fn command<'c>(call: &mut Call<'c, '_>) -> Outcome<'c> {
    let mut args = call.args.clone();
    let Some(word) = args.next() else {
        return call.windowed(|window| {
            window.array(TABLE.len() as u32);
            TABLE.iter().for_each(|row| describe(window, row));
        });
    };
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    match () {
        () if is("count") && args.len() == 0 => call.out.integer(TABLE.len() as i64),
        () if is("count") => return Err(Refusal::SubcommandArity("count")),
        // Redis tells nothing about commands that it has no documents of; this server has none at all.
        () if is("docs") => call.out.array(0),
        () if is("info") => {
            return call.windowed(|window| {
                window.array(args.len());
                for name in args {
                    match Row::of(name) {
                        Some(row) => describe(window, row),
                        None => window.raw(b"*-1\r\n"),
                    }
                }
            });
        }
        () => return Err(Refusal::UnknownSubcommand(word)),
    }
    Ok(Progress::Done)
}

/// One command as Redis 7 describes it: ten things, of which we have six.
fn describe(window: &mut Window<'_, '_>, row: &Row) {
    let (first, last, step) = match row.keys {
        Keys::None => (0, 0, 0),
        Keys::First => (1, 1, 1),
        Keys::All => (1, -1, 1),
        Keys::EverySecond => (1, -1, 2),
    };
    window.array(10);
    window.bulk(row.name.as_bytes());
    window.integer(row.arity.into());
    window.array(0);
    window.integer(first);
    window.integer(last);
    window.integer(step);
    for _ in 0..4 {
        window.array(0);
    }
}

/// The classes of events that Redis has a letter for.
const EVENT_CLASSES: &[u8] = b"Ag$lshzxeKEtmdn";

/// A setting that clients ask for.
struct Setting {
    name: &'static str,
    value: Value,
}

enum Value {
    Text(&'static str),
    Number(u64),
}

impl Setting {
    /// `f` of the value.
    fn with<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        match self.value {
            Value::Text(text) => f(text.as_bytes()),
            Value::Number(number) => f(Decimal::unsigned(number).as_bytes()),
        }
    }
}

/// The limits that a client can ask for.
#[derive(Clone, Copy)]
pub(crate) struct Capacity {
    pub(crate) clients: usize,
    pub(crate) bytes: usize,
    pub(crate) value: usize,
}

fn settings(capacity: Capacity) -> [Setting; 9] {
    let text = |name, value| Setting { name, value: Value::Text(value) };
    let number = |name, value| Setting { name, value: Value::Number(value) };
    [
        text("appendonly", "no"),
        number("databases", 1),
        number("maxclients", capacity.clients as u64),
        number("maxmemory", capacity.bytes as u64),
        text("maxmemory-policy", "noeviction"),
        text("notify-keyspace-events", "xE"),
        number("proto-max-bulk-len", capacity.value as u64),
        text("save", ""),
        number("timeout", 0),
    ]
}

/// `CONFIG GET pattern [pattern ...] | SET name value [name value ...] | RESETSTAT`
///
/// Nothing can be changed. `notify-keyspace-events` takes any value, because the one event there is (a key expired) is
/// always sent to those who have subscribed to it; of others only the value that they have is taken.
pub(crate) fn config<'c>(call: &mut Call<'c, '_>, capacity: Capacity, statistics: &mut Statistics) -> Outcome<'c> {
    let mut args = call.args.clone();
    let word = args.next().ok_or(Refusal::Arity)?;
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    match () {
        () if is("get") && args.len() > 0 => {
            let settings = settings(capacity);
            let asked =
                |setting: &&Setting| args.clone().any(|pattern| glob::matches(pattern, setting.name.as_bytes()));
            return call.windowed(|window| {
                window.array(2 * settings.iter().filter(asked).count() as u32);
                for setting in settings.iter().filter(asked) {
                    window.bulk(setting.name.as_bytes());
                    setting.with(|value| window.bulk(value));
                }
            });
        }
        () if is("get") => return Err(Refusal::SubcommandArity("get")),
        () if is("set") && args.len() >= 2 => {
            if !args.len().is_multiple_of(2) {
                return Err(Refusal::Syntax);
            }
            while let (Some(name), Some(value)) = (args.next(), args.next()) {
                set(capacity, name, value)?;
            }
            call.out.ok();
        }
        () if is("set") => return Err(Refusal::SubcommandArity("set")),
        () if is("resetstat") => {
            *statistics = Statistics::default();
            call.out.ok();
        }
        () => return Err(Refusal::UnknownSubcommand(word)),
    }
    Ok(Progress::Done)
}

fn set<'c>(capacity: Capacity, name: &'c [u8], value: &[u8]) -> Result<(), Refusal<'c>> {
    let settings = settings(capacity);
    let setting = settings.iter().find(|setting| setting.name.as_bytes().eq_ignore_ascii_case(name));
    let setting = setting.ok_or(Refusal::ConfigOption(name))?;
    if setting.name == "notify-keyspace-events" {
        return match value.iter().all(|class| EVENT_CLASSES.contains(class)) {
            true => Ok(()),
            false => Err(Refusal::EventClass),
        };
    }
    if setting.with(|current| current == value) { Ok(()) } else { Err(Refusal::ConfigImmutable(setting.name)) }
}
