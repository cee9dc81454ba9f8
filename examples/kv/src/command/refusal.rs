//! Why a command was not done, in the words of Redis.

use crate::resp::number::Decimal;
use crate::resp::reply::Output;
use crate::store::Unfit;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal<'a> {
    Arity,
    /// The same for a command of two words; the second one.
    SubcommandArity(&'a str),
    UnknownSubcommand(&'a [u8]),
    Syntax,
    NotInteger,
    IntegerRange,
    Overflow,
    DecrementOverflow,
    ExpireTime,
    ExpireNxWithOthers,
    ExpireGtWithLt,
    ExpireOption(&'a [u8]),
    DbIndex,
    ProtocolNotInteger,
    ProtocolVersion,
    HelloOption(&'a [u8]),
    ClientName,
    ConfigOption(&'a [u8]),
    ConfigImmutable(&'a str),
    EventClass,
    Subscriptions(usize),
    ClientNameTooLong(usize),
    Store(Unfit),
}

impl From<Unfit> for Refusal<'_> {
    fn from(unfit: Unfit) -> Self {
        Self::Store(unfit)
    }
}

/// How much a key and a value can hold, for error texts.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) key: usize,
    pub(crate) value: usize,
}

impl Refusal<'_> {
    /// Answers `command` with this error.
    pub(crate) fn write(self, out: &mut Output<'_>, command: &str, limits: Limits) {
        let name = command.as_bytes();
        match self {
            Self::Arity => out.error(&[b"ERR wrong number of arguments for '", name, b"' command"]),
            Self::SubcommandArity(sub) => {
                out.error(&[b"ERR wrong number of arguments for '", name, b"|", sub.as_bytes(), b"' command"]);
            }
            Self::UnknownSubcommand(sub) => {
                let name = name.iter().map(u8::to_ascii_uppercase);
                let mut upper = [0; 16];
                let length = upper.iter_mut().zip(name).map(|(place, byte)| *place = byte).count();
                let upper = upper.get(..length).unwrap_or(&[]);
                out.error(&[b"ERR unknown subcommand '", cut(sub), b"'. Try ", upper, b" HELP."]);
            }
            Self::Syntax => out.error(&[b"ERR syntax error"]),
            Self::NotInteger => out.error(&[b"ERR value is not an integer or out of range"]),
            Self::IntegerRange => {
                out.error(&[b"ERR value is out of range, value must between -2147483648 and 2147483647"]);
            }
            Self::Overflow => out.error(&[b"ERR increment or decrement would overflow"]),
            Self::DecrementOverflow => out.error(&[b"ERR decrement would overflow"]),
            Self::ExpireTime => out.error(&[b"ERR invalid expire time in '", name, b"' command"]),
            Self::ExpireNxWithOthers => {
                out.error(&[b"ERR NX and XX, GT or LT options at the same time are not compatible"]);
            }
            Self::ExpireGtWithLt => out.error(&[b"ERR GT and LT options at the same time are not compatible"]),
            Self::ExpireOption(option) => out.error(&[b"ERR Unsupported option ", cut(option)]),
            Self::DbIndex => out.error(&[b"ERR DB index is out of range"]),
            Self::ProtocolNotInteger => out.error(&[b"ERR Protocol version is not an integer or out of range"]),
            Self::ProtocolVersion => out.error(&[b"NOPROTO unsupported protocol version"]),
            Self::HelloOption(option) => out.error(&[b"ERR Syntax error in HELLO option '", cut(option), b"'"]),
            Self::ClientName => {
                out.error(&[b"ERR Client names cannot contain spaces, newlines or special characters."]);
            }
            Self::ConfigOption(option) => {
                out.error(&[b"ERR Unknown option or number of arguments for CONFIG SET - '", cut(option), b"'"]);
            }
            Self::ConfigImmutable(option) => out.error(&[
                b"ERR CONFIG SET failed (possibly related to argument '",
                option.as_bytes(),
                b"') - can't set immutable config",
            ]),
            Self::EventClass => out.error(&[
                b"ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - ",
                b"Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
            ]),
            Self::Subscriptions(most) => beyond(out, "number of subscriptions", most, ""),
            Self::ClientNameTooLong(most) => beyond(out, "client name", most, " bytes"),
            Self::Store(Unfit::Key) => beyond(out, "key", limits.key, " bytes"),
            Self::Store(Unfit::Value) => beyond(out, "value", limits.value, " bytes"),
            Self::Store(Unfit::Full) => {
                out.error(&[b"OOM command not allowed when used memory > 'maxmemory'."]);
            }
        }
    }
}

/// Answers that `what` is larger than this server was built for.
pub(crate) fn beyond(out: &mut Output<'_>, what: &str, most: usize, unit: &str) {
    let most = Decimal::unsigned(most as u64);
    out.error(&[b"ERR ", what.as_bytes(), b" exceeds this server's capacity of ", most.as_bytes(), unit.as_bytes()]);
}

/// As much of what a client sent as an error text repeats.
pub(crate) fn cut(text: &[u8]) -> &[u8] {
    text.get(..128).unwrap_or(text)
}
