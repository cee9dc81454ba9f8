//! Every command: its name, how many arguments it takes, and what it touches.

/// What a command is called, and what has to be known before it runs.
pub(crate) struct Row {
    /// In lower case.
    pub(crate) name: &'static str,
    /// The beginning of the name, to be compared as a whole.
    start: u64,
    /// The number of words including the name; negative: at least so many.
    pub(crate) arity: i8,
    pub(crate) command: Command,
    pub(crate) keys: Keys,
    /// Whether it looks at keys or counts them, so that those whose time has come must be gone first.
    pub(crate) keyspace: bool,
    /// Whether a client that has subscribed may send it.
    pub(crate) while_subscribed: bool,
}

/// Which of a command's arguments are keys.
#[derive(Clone, Copy)]
pub(crate) enum Keys {
    None,
    First,
    All,
    EverySecond,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Command {
    Client,
    Config,
    DbSize,
    Decr,
    DecrBy,
    Del,
    Echo,
    Exists,
    Expire,
    FlushAll,
    Get,
    Hello,
    Incr,
    IncrBy,
    Info,
    List,
    MGet,
    MSet,
    PExpire,
    Persist,
    Ping,
    PTtl,
    Publish,
    Quit,
    Reset,
    Select,
    Set,
    Subscribe,
    Ttl,
    Unsubscribe,
}

/// All commands, those first that are used most.
pub(crate) static TABLE: [Row; 31] = [
    on_keys("get", 2, Command::Get, Keys::First),
    on_keys("set", -3, Command::Set, Keys::First),
    on_keys("incr", 2, Command::Incr, Keys::First),
    allowed("ping", -1, Command::Ping),
    on_keys("mget", -2, Command::MGet, Keys::All),
    on_keys("mset", -3, Command::MSet, Keys::EverySecond),
    on_keys("del", -2, Command::Del, Keys::All),
    on_keys("exists", -2, Command::Exists, Keys::All),
    on_keys("decr", 2, Command::Decr, Keys::First),
    on_keys("incrby", 3, Command::IncrBy, Keys::First),
    on_keys("decrby", 3, Command::DecrBy, Keys::First),
    on_keys("expire", -3, Command::Expire, Keys::First),
    on_keys("pexpire", -3, Command::PExpire, Keys::First),
    on_keys("ttl", 2, Command::Ttl, Keys::First),
    on_keys("pttl", 2, Command::PTtl, Keys::First),
    on_keys("persist", 2, Command::Persist, Keys::First),
    plain("publish", 3, Command::Publish),
    allowed("subscribe", -2, Command::Subscribe),
    allowed("unsubscribe", -1, Command::Unsubscribe),
    plain("echo", 2, Command::Echo),
    on_keys("dbsize", 1, Command::DbSize, Keys::None),
    on_keys("flushall", -1, Command::FlushAll, Keys::None),
    on_keys("flushdb", -1, Command::FlushAll, Keys::None),
    on_keys("info", -1, Command::Info, Keys::None),
    plain("select", 2, Command::Select),
    plain("hello", -1, Command::Hello),
    plain("client", -2, Command::Client),
    plain("config", -2, Command::Config),
    plain("command", -1, Command::List),
    allowed("quit", -1, Command::Quit),
    allowed("reset", 1, Command::Reset),
];

const fn plain(name: &'static str, arity: i8, command: Command) -> Row {
    let start = start(name.as_bytes());
    Row { name, start, arity, command, keys: Keys::None, keyspace: false, while_subscribed: false }
}

const fn allowed(name: &'static str, arity: i8, command: Command) -> Row {
    Row { while_subscribed: true, ..plain(name, arity, command) }
}

const fn on_keys(name: &'static str, arity: i8, command: Command, keys: Keys) -> Row {
    Row { keys, keyspace: true, ..plain(name, arity, command) }
}

/// The first eight bytes in lower case.
#[inline]
const fn start(mut name: &[u8]) -> u64 {
    let mut start = 0;
    let mut left = 8;
    while let [byte, rest @ ..] = name
        && left > 0
    {
        start = start << 8 | byte.to_ascii_lowercase() as u64;
        name = rest;
        left -= 1;
    }
    start
}

impl Row {
    /// The command of this name, in whatever case.
    #[inline]
    pub(crate) fn of(name: &[u8]) -> Option<&'static Self> {
        let start = start(name);
        let is_it = |row: &&Self| {
            row.start == start
                && row.name.len() == name.len()
                && (name.len() <= 8 || row.name.as_bytes().eq_ignore_ascii_case(name))
        };
        TABLE.iter().find(is_it)
    }

    /// Whether so many arguments behind the name are right.
    #[inline]
    pub(crate) fn takes(&self, arguments: u32) -> bool {
        let words = arguments as i64 + 1;
        if self.arity < 0 { words >= -(self.arity as i64) } else { words == self.arity as i64 }
    }
}
