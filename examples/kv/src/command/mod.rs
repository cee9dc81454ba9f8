//! The commands: found by name, checked, done, answered.

mod connection;
mod counters;
mod expiry;
mod glob;
mod info;
pub(crate) mod pubsub;
pub(crate) mod refusal;
mod server;
mod strings;
mod table;

use crate::clients::{Clients, Full};
use crate::resp::args::Args;
use crate::resp::reply::Output;
use crate::resp::window::Window;
use crate::session::End;
use crate::shared::Shared;
use connection::Name;
use info::Snapshot;
use refusal::{Limits, Refusal, cut};
use server::Capacity;
use table::{Command, Row};
use zokio_core::time::Instant;

/// The version of Redis whose answers these are; clients look at it.
const VERSION: &[u8] = b"7.0.0";

/// A command that is being done.
pub(crate) struct Call<'c, 'o> {
    /// The arguments behind the name.
    pub(crate) args: Args<'c>,
    pub(crate) out: &'c mut Output<'o>,
    pub(crate) caller: &'c mut Caller,
    pub(crate) now: Instant,
    /// What [`Progress::More`] said the last time, or 0.
    pub(crate) from: usize,
}

/// What a command has to know, and may change, of who sent it.
pub(crate) struct Caller {
    /// The place among the clients.
    pub(crate) number: u16,
    /// Counts connections.
    pub(crate) id: u32,
    /// To how many channels.
    pub(crate) subscribed: u32,
    /// Whether nobody can tell where one client ends and the next begins.
    pub(crate) serial: bool,
    name: Name,
    snapshot: Snapshot,
}

/// How far a command has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It is done and answered.
    Done,
    /// The output is full. Send it, then do the same command again from here.
    More(usize),
    /// Nothing was done, because this client's inbox is full. Wait until it is not, then do the command again.
    Blocked(Full),
    /// It was the last one.
    Close(End),
}

impl Progress {
    /// The progress of a reply in pieces.
    fn of(rest: Option<usize>) -> Self {
        rest.map_or(Self::Done, Self::More)
    }
}

type Outcome<'c> = Result<Progress, Refusal<'c>>;

impl<'c> Call<'c, '_> {
    /// The next argument; that there is one was checked when the command was looked up.
    #[inline]
    fn argument(&mut self) -> Result<&'c [u8], Refusal<'c>> {
        self.args.next().ok_or(Refusal::Arity)
    }

    /// Sends a reply that may be larger than the output. It must be the same every time.
    fn windowed(&mut self, reply: impl FnOnce(&mut Window<'_, '_>)) -> Outcome<'c> {
        Ok(Progress::of(Window::write(self.out, self.from, reply)))
    }
}

impl Caller {
    pub(crate) fn new(number: u16, id: u32, serial: bool) -> Self {
        Self { number, id, subscribed: 0, serial, name: Name::NONE, snapshot: Snapshot::default() }
    }
}

impl<const KEYS: usize, const KEY_LEN: usize, const VALUE_LEN: usize, const SUBSCRIPTIONS: usize>
    Shared<KEYS, KEY_LEN, VALUE_LEN, SUBSCRIPTIONS>
{
    /// Does the command called `name`.
    #[inline]
    pub(crate) fn execute<const CLIENTS: usize, const INBOX: usize>(
        &mut self,
        clients: &Clients<CLIENTS, INBOX, KEY_LEN, VALUE_LEN>,
        name: &[u8],
        mut call: Call<'_, '_>,
    ) -> Progress {
        let Some(row) = Row::of(name) else { return unknown(name, call) };
        if !row.takes(call.args.len()) {
            return refuse::<KEY_LEN, VALUE_LEN>(Refusal::Arity, row, &mut call);
        }
        if call.caller.subscribed > 0 && !self.allows(row, &mut call) {
            return Progress::Done;
        }
        if row.keyspace
            && let Err(full) = self.expire(clients, call.now)
        {
            return Progress::Blocked(full);
        }
        match self.run(clients, row, &mut call) {
            Ok(progress) => progress,
            Err(refusal) => refuse::<KEY_LEN, VALUE_LEN>(refusal, row, &mut call),
        }
    }

    #[inline]
    fn run<'c, const CLIENTS: usize, const INBOX: usize>(
        &mut self,
        clients: &Clients<CLIENTS, INBOX, KEY_LEN, VALUE_LEN>,
        row: &Row,
        call: &mut Call<'c, '_>,
    ) -> Outcome<'c> {
        let store = &mut self.store;
        match row.command {
            Command::Get => store.get(call),
            Command::Set => store.set(call),
            Command::MGet => store.mget(call),
            Command::MSet => store.mset(call),
            Command::Del => store.del(call),
            Command::Exists => store.exists(call),
            Command::Incr => store.step(call, 1),
            Command::Decr => store.step(call, -1),
            Command::IncrBy => store.increase(call),
            Command::DecrBy => store.decrease(call),
            Command::Expire => store.expire(call, 1000),
            Command::PExpire => store.expire(call, 1),
            Command::Ttl => store.ttl(call, 1000),
            Command::PTtl => store.ttl(call, 1),
            Command::Persist => store.persist(call),
            Command::DbSize => store.dbsize(call),
            Command::FlushAll => store.flushall(call),
            Command::Subscribe => self.subscribe(clients, call),
            Command::Unsubscribe => self.unsubscribe(call),
            Command::Publish => self.publish_command(clients, call),
            Command::Info => {
                let now = call.now;
                info::info(call, || self.snapshot(clients, now))
            }
            Command::Ping => connection::ping(call),
            Command::Echo => connection::echo(call),
            Command::Select => connection::select(call),
            Command::Hello => connection::hello(call),
            Command::Client => connection::client(call),
            Command::List => server::command(call),
            Command::Config => {
                let capacity = Capacity { clients: CLIENTS, bytes: KEYS * (KEY_LEN + VALUE_LEN), value: VALUE_LEN };
                server::config(call, capacity, &mut self.statistics)
            }
            Command::Reset => {
                self.end_subscriptions(call.caller);
                connection::forget(call.caller);
                call.out.raw(b"+RESET\r\n");
                Ok(Progress::Done)
            }
            Command::Quit => {
                call.out.ok();
                Ok(Progress::Close(End::Quit))
            }
        }
    }

    /// Whether a client that has subscribed may send this command; answers it if not.
    ///
    /// On a serial line the command may come from the next client, who knows of no subscription and could not read what
    /// a subscriber gets; so it ends them. A PING alone counts as such a command, because `redis-cli ping` is how
    /// people see whether somebody is there.
    fn allows(&mut self, row: &Row, call: &mut Call<'_, '_>) -> bool {
        let bare_ping = row.command == Command::Ping && call.args.len() == 0;
        if row.while_subscribed && !(call.caller.serial && bare_ping) {
            return true;
        }
        if call.caller.serial {
            self.end_subscriptions(call.caller);
            return true;
        }
        let subcommand = match row.command {
            Command::Client | Command::Config | Command::List => call.args.clone().next(),
            _ => None,
        };
        call.out.error_line(|line| {
            line.raw(b"ERR Can't execute '");
            line.raw(row.name.as_bytes());
            if let Some(subcommand) = subcommand {
                line.raw(b"|");
                cut(subcommand).iter().for_each(|byte| line.raw(&[byte.to_ascii_lowercase()]));
            }
            line.raw(b"': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context");
        });
        false
    }

    fn end_subscriptions(&mut self, caller: &mut Caller) {
        self.subscriptions.remove_all(|client| client == caller.number);
        caller.subscribed = 0;
    }

    fn snapshot<const CLIENTS: usize, const INBOX: usize>(
        &self,
        clients: &Clients<CLIENTS, INBOX, KEY_LEN, VALUE_LEN>,
        now: Instant,
    ) -> Snapshot {
        Snapshot {
            uptime: now.as_nanos() / 1_000_000_000,
            clients: clients.count(),
            most_clients: CLIENTS,
            keys: self.store.len(),
            volatile: self.store.volatile(),
            most_keys: KEYS,
            key_len: KEY_LEN,
            value_len: VALUE_LEN,
            subscriptions: self.subscriptions.len(),
            connections: self.statistics.connections,
            commands: self.statistics.commands,
            expired: self.statistics.expired,
            dropped: self.statistics.dropped,
        }
    }
}

fn refuse<const KEY_LEN: usize, const VALUE_LEN: usize>(
    refusal: Refusal<'_>,
    row: &Row,
    call: &mut Call<'_, '_>,
) -> Progress {
    refusal.write(call.out, row.name, Limits { key: KEY_LEN, value: VALUE_LEN });
    Progress::Done
}

/// How much of the arguments the error about an unknown command repeats.
const REPEATED: usize = 128;

fn unknown(name: &[u8], call: Call<'_, '_>) -> Progress {
    // A browser was made to send a form here. Redis does not talk to such ones either.
    if name.eq_ignore_ascii_case(b"POST") || name.eq_ignore_ascii_case(b"Host:") {
        return Progress::Close(End::Protocol);
    }
    call.out.error_line(|line| {
        line.raw(b"ERR unknown command '");
        line.raw(cut(name));
        line.raw(b"', with args beginning with: ");
        let start = line.len();
        for argument in call.args {
            let Some(left @ 1..) = REPEATED.checked_sub(line.len() - start) else { break };
            line.raw(b"'");
            line.raw(argument.get(..left).unwrap_or(argument));
            line.raw(b"' ");
        }
    });
    Progress::Done
}
