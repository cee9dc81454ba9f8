//! What concerns one connection: PING, ECHO, HELLO, CLIENT, SELECT, RESET.

use super::refusal::Refusal;
use super::{Call, Caller, Outcome, Progress, VERSION};
use crate::resp::number::parse_i64;
use crate::resp::window::Window;

/// The longest name a client can give itself.
const NAME_LEN: usize = 24;

/// A client's name.
pub(crate) struct Name {
    bytes: [u8; NAME_LEN],
    length: u8,
}

impl Name {
    pub(crate) const NONE: Self = Self { bytes: [0; NAME_LEN], length: 0 };

    fn get(&self) -> &[u8] {
        self.bytes.get(..self.length as usize).unwrap_or(&[])
    }

    fn set<'c>(&mut self, name: &'c [u8]) -> Result<(), Refusal<'c>> {
        if !name.iter().all(u8::is_ascii_graphic) {
            return Err(Refusal::ClientName);
        }
        self.bytes.get_mut(..name.len()).ok_or(Refusal::ClientNameTooLong(NAME_LEN))?.copy_from_slice(name);
        self.length = name.len() as u8;
        Ok(())
    }
}

/// `PING [message]`
pub(crate) fn ping<'c>(call: &mut Call<'c, '_>) -> Outcome<'c> {
    let subscribed = call.caller.subscribed > 0;
    if call.args.len() > 1 {
        return Err(Refusal::Arity);
    }
    let message = call.args.clone().next();
    if message.is_none() && !subscribed {
        call.out.raw(b"+PONG\r\n");
        return Ok(Progress::Done);
    }
    call.windowed(|window| {
        if subscribed {
            window.array(2);
            window.bulk(b"pong");
        }
        window.bulk(message.unwrap_or(b""));
    })
}

/// `ECHO message`
pub(crate) fn echo<'c>(call: &mut Call<'c, '_>) -> Outcome<'c> {
    let message = call.args.clone().next().ok_or(Refusal::Arity)?;
    call.windowed(|window| window.bulk(message))
}

/// `SELECT index`; there is one database.
pub(crate) fn select<'c>(call: &mut Call<'c, '_>) -> Outcome<'c> {
    match parse_i64(call.argument()?) {
        Some(0) => call.out.ok(),
        Some(index) if i32::try_from(index).is_ok() => return Err(Refusal::DbIndex),
        Some(_) => return Err(Refusal::IntegerRange),
        None => return Err(Refusal::NotInteger),
    }
    Ok(Progress::Done)
}

/// `HELLO [2 [AUTH user password] [SETNAME name]]`. There are no passwords, so any one is right.
pub(crate) fn hello<'c>(call: &mut Call<'c, '_>) -> Outcome<'c> {
    let mut args = call.args.clone();
    if let Some(version) = args.next() {
        match parse_i64(version) {
            Some(2) => {}
            Some(_) => return Err(Refusal::ProtocolVersion),
            None => return Err(Refusal::ProtocolNotInteger),
        }
    }
    while let Some(option) = args.next() {
        if option.eq_ignore_ascii_case(b"AUTH") && args.len() >= 2 {
            args.by_ref().take(2).for_each(drop);
        } else if option.eq_ignore_ascii_case(b"SETNAME")
            && let Some(name) = args.next()
        {
            call.caller.name.set(name)?;
        } else {
            return Err(Refusal::HelloOption(option));
        }
    }
    let id = call.caller.id;
    call.windowed(|window| {
        window.array(14);
        window.bulk(b"server");
        window.bulk(b"zokio-kv");
        window.bulk(b"version");
        window.bulk(VERSION);
        window.bulk(b"proto");
        window.integer(2);
        window.bulk(b"id");
        window.integer(id.into());
        window.bulk(b"mode");
        window.bulk(b"standalone");
        window.bulk(b"role");
        window.bulk(b"master");
        window.bulk(b"modules");
        window.array(0);
    })
}

/// `CLIENT ID | GETNAME | SETNAME name | SETINFO attribute value | INFO | NO-EVICT ON|OFF | NO-TOUCH ON|OFF`
pub(crate) fn client<'c>(call: &mut Call<'c, '_>) -> Outcome<'c> {
    let mut args = call.args.clone();
    let word = args.next().ok_or(Refusal::Arity)?;
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    match () {
        () if is("id") => {
            none("id", args.len())?;
            call.out.integer(call.caller.id.into());
        }
        () if is("getname") => {
            none("getname", args.len())?;
            match call.caller.name.get() {
                [] => call.out.nil(),
                name => call.out.bulk(name),
            }
        }
        () if is("setname") => {
            let name = args.next().filter(|_| args.len() == 0).ok_or(Refusal::SubcommandArity("setname"))?;
            call.caller.name.set(name)?;
            call.out.ok();
        }
        // Nobody asks for them, so they are not kept.
        () if is("setinfo") && args.len() == 2 => call.out.ok(),
        () if is("setinfo") => return Err(Refusal::SubcommandArity("setinfo")),
        () if is("no-evict") || is("no-touch") => match args.next() {
            Some(word) if word.eq_ignore_ascii_case(b"on") || word.eq_ignore_ascii_case(b"off") => call.out.ok(),
            _ => return Err(Refusal::Syntax),
        },
        () if is("info") => {
            none("info", args.len())?;
            return info(call);
        }
        () => return Err(Refusal::UnknownSubcommand(word)),
    }
    Ok(Progress::Done)
}

fn none<'c>(subcommand: &'static str, arguments: u32) -> Result<(), Refusal<'c>> {
    if arguments == 0 { Ok(()) } else { Err(Refusal::SubcommandArity(subcommand)) }
}

fn info<'c>(call: &mut Call<'c, '_>) -> Outcome<'c> {
    let Call { caller, out, from, .. } = call;
    let line = |window: &mut Window<'_, '_>| {
        window.raw(b"id=");
        window.number(caller.id.into());
        window.raw(b" name=");
        window.raw(caller.name.get());
        window.raw(b" db=0 sub=");
        window.number(caller.subscribed.into());
        window.raw(b" psub=0 multi=-1 resp=2\n");
    };
    Ok(Progress::of(Window::write(out, *from, |window| {
        window.bulk_header(Window::measure(line));
        line(window);
        window.raw(b"\r\n");
    })))
}

/// What `RESET` leaves of a client, apart from its subscriptions.
pub(crate) fn forget(caller: &mut Caller) {
    caller.name = Name::NONE;
}
