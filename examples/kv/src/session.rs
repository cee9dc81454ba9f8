//! One client: reads commands, has them done, sends the replies and what was published for it.

use crate::clients::{Clients, Connection, Full};
use crate::command::pubsub::message;
use crate::command::refusal::beyond;
use crate::command::{Call, Caller, Progress};
use crate::resp::args::Args;
use crate::resp::parse::{Parsed, Parser};
use crate::resp::reply::Output;
use crate::server::Server;
use crate::shared::Shared;
use core::fmt;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use embedded_io_async::{Read, Write};
use zokio_core::future::yield_now;
use zokio_core::time::{Clock, Instant};

/// What kind of line a client is on; see [`Server::serve`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Forget a command that is incomplete and of which nothing has come for so long; sixteen times as long if it is a
    /// plain line, because those are typed by hand. `None` waits for ever.
    pub mid_command_timeout: Option<Duration>,
    /// Nobody can tell where one client ends and the next begins, so what a subscriber may not send ends its
    /// subscriptions instead of being refused: it comes from somebody else. So does a PING alone.
    pub serial: bool,
}

impl Options {
    /// A connection with a beginning and an end.
    pub const SOCKET: Self = Self { mid_command_timeout: None, serial: false };

    /// A serial line: a quarter of a second for the rest of a command.
    pub const SERIAL: Self = Self { mid_command_timeout: Some(Duration::from_millis(250)), serial: true };
}

/// Why a session is over. The host closes the connection; on a serial line it calls [`Server::serve`] again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The client said QUIT.
    Quit,
    /// The client closed the connection.
    Closed,
    /// The client does not speak the protocol; it was told what is wrong.
    Protocol,
    /// The client did not fetch what was published for it, and some of that was dropped.
    Lagged,
    /// As many clients as there is room for are connected; it was told so.
    Refused,
}

/// What went wrong with a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error<R, W> {
    /// From the reader.
    Read(R),
    /// From the writer.
    Write(W),
}

impl<R: fmt::Display, W: fmt::Display> fmt::Display for Error<R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => write!(f, "could not read from the client: {error}"),
            Self::Write(error) => write!(f, "could not write to the client: {error}"),
        }
    }
}

impl<R: fmt::Debug + fmt::Display, W: fmt::Debug + fmt::Display> core::error::Error for Error<R, W> {}

/// A subscriber whose inbox stays full for so long is given up.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many times a session reads before it lets the other tasks run, if its client never makes it wait.
const TURN: u32 = 64;

/// What a session has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// All commands are done. Send the output, then wait for more.
    Read,
    /// The output is full. Send it, then go on.
    Send,
    /// A message does not fit the inbox of this client. Send the output, wait until it does, then go on.
    Wait(Full),
    /// Send the output; that was all.
    Close(End),
}

/// What a session has waited for.
enum Event {
    /// So many bytes.
    Received(usize),
    /// A message; it is in the output.
    Message,
    /// Nothing, for too long.
    Silence,
}

struct Session<'s, const INBOX: usize, const KEY_LEN: usize, const VALUE_LEN: usize> {
    connection: Connection<'s, INBOX, KEY_LEN, VALUE_LEN>,
    caller: Caller,
    parser: Parser,
    /// How much of the current command's reply has been sent; see [`Call::from`].
    from: usize,
    /// When something came last; kept only where there is a [timeout](Options::mid_command_timeout).
    heard: Instant,
}

impl<
    const KEYS: usize,
    const KEY_LEN: usize,
    const VALUE_LEN: usize,
    const CLIENTS: usize,
    const SUBSCRIPTIONS: usize,
    const INBOX: usize,
    const IN: usize,
    const OUT: usize,
> Server<KEYS, KEY_LEN, VALUE_LEN, CLIENTS, SUBSCRIPTIONS, INBOX, IN, OUT>
{
    /// Serves one client until it leaves. One task per connection calls this.
    ///
    /// What has arrived is parsed as a whole, done in order under one lock, and answered with one write where the
    /// output buffer is large enough; `writer` is flushed when there is nothing left to do. A client that pipelines
    /// costs little more per command than the command itself.
    ///
    /// `clock` must be the same for all calls on one server, [`expire`](Self::expire) among them.
    ///
    /// **On a serial line** there are no connections: use [`Options::SERIAL`], and call `serve` again whenever it
    /// returns. A session leaves nothing behind: when `serve` has returned, or was dropped, the client's subscriptions
    /// are gone and its place is free.
    ///
    /// **Cancel safety:** dropping the future ends the session. What has been read is lost, as is a reply of which a
    /// part may have been sent. The session itself drops `reader.read()` futures: while the client is subscribed or, if
    /// there is a [timeout](Options::mid_command_timeout), in the middle of a command. It relies on that losing no bytes,
    /// which holds for every reader that comes with Zokio. **Wake-up:** by the reader, the writer, a published message,
    /// or the clock. **Interrupt-safe:** no; it is a task like others.
    ///
    /// # Errors
    /// What the reader or the writer reports; the session is over.
    pub async fn serve<C: Clock, R: Read, W: Write>(
        &self,
        clock: C,
        mut reader: R,
        mut writer: W,
        options: Options,
    ) -> Result<End, Error<R::Error, W::Error>> {
        let Some(mut session) = self.connect(options).await else {
            send(&mut writer, b"-ERR max number of clients reached\r\n").await.map_err(Error::Write)?;
            writer.flush().await.map_err(Error::Write)?;
            return Ok(End::Refused);
        };
        let mut input = [0; IN];
        let mut output = [0; OUT];
        let mut reads = 0u32;
        let mut waiting = 0;
        let mut unflushed = false;
        loop {
            let mut out = Output::new(&mut output, waiting, Self::PIECE);
            let step = self.step(clock, &mut session, &mut input, &mut out).await;
            waiting = out.len();
            if waiting > 0 {
                let bytes = output.get(..waiting).unwrap_or(&[]);
                if !send(&mut writer, bytes).await.map_err(Error::Write)? {
                    return Ok(End::Closed);
                }
                waiting = 0;
                unflushed = true;
            }
            if step != Step::Send && core::mem::take(&mut unflushed) {
                writer.flush().await.map_err(Error::Write)?;
            }
            match step {
                Step::Send => {}
                Step::Close(end) => return Ok(end),
                Step::Wait(full) => self.make_room(clock, full).await,
                Step::Read => {
                    reads = reads.wrapping_add(1);
                    if reads.is_multiple_of(TURN) {
                        yield_now().await;
                    }
                    let mut out = Output::new(&mut output, 0, Self::PIECE);
                    let event = session.wait(clock, &mut reader, &mut input, &mut out, options).await;
                    waiting = out.len();
                    match event.map_err(Error::Read)? {
                        Event::Received(0) => return Ok(End::Closed),
                        Event::Received(count) => {
                            session.parser.filled(&input, count);
                            if options.mid_command_timeout.is_some() {
                                session.heard = clock.now();
                            }
                        }
                        Event::Silence => session.parser.reset(),
                        Event::Message => {}
                    }
                }
            }
        }
    }

    /// A place for a new client.
    async fn connect(&self, options: Options) -> Option<Session<'_, INBOX, KEY_LEN, VALUE_LEN>> {
        let mut shared = self.lock().await;
        shared.statistics.connections = shared.statistics.connections.wrapping_add(1);
        let id = shared.statistics.connections;
        let connection = self.clients.connect(&mut shared.subscriptions)?;
        let caller = Caller::new(connection.number, id, options.serial);
        Some(Session { connection, caller, parser: Parser::new(), from: 0, heard: Instant::ZERO })
    }

    /// Does what has arrived.
    async fn step<C: Clock>(
        &self,
        clock: C,
        session: &mut Session<'_, INBOX, KEY_LEN, VALUE_LEN>,
        input: &mut [u8],
        out: &mut Output<'_>,
    ) -> Step {
        if let Some(step) = session.deliver(out) {
            return step;
        }
        if session.parser.advance(input) == Parsed::Incomplete {
            return Step::Read;
        }
        let mut shared = self.lock().await;
        let before = shared.store.first_deadline();
        let step = session.run::<KEYS, CLIENTS, SUBSCRIPTIONS>(&mut shared, &self.clients, clock.now(), input, out);
        if let Some(after) = shared.store.first_deadline()
            && before.is_none_or(|before| after < before)
        {
            self.earlier.notify_one();
        }
        step
    }

    /// Waits until a message fits the inbox of a client, but not for ever.
    pub(crate) async fn make_room<C: Clock>(&self, clock: C, full: Full) {
        let Some(client) = self.clients.get(full.client) else { return };
        if clock.timeout(PATIENCE, client.inbox().reserve()).await.is_err() {
            // Under the lock nobody new can have taken the place meanwhile.
            let _shared = self.lock().await;
            if client.inbox().try_reserve().is_err() {
                client.give_up();
            }
        }
    }
}

impl<const INBOX: usize, const KEY_LEN: usize, const VALUE_LEN: usize> Session<'_, INBOX, KEY_LEN, VALUE_LEN> {
    /// Moves what was published for this client to the output.
    fn deliver(&self, out: &mut Output<'_>) -> Option<Step> {
        if self.caller.subscribed == 0 {
            return None;
        }
        let client = &self.connection.client;
        if client.lags() {
            return Some(Step::Close(End::Lagged));
        }
        while out.room() >= out.piece() {
            let Ok(published) = client.inbox().try_recv() else { return None };
            message(out, published.channel(), published.payload());
        }
        (!client.inbox().is_empty()).then_some(Step::Send)
    }

    /// Does all complete commands of the input.
    fn run<const KEYS: usize, const CLIENTS: usize, const SUBSCRIPTIONS: usize>(
        &mut self,
        shared: &mut Shared<KEYS, KEY_LEN, VALUE_LEN, SUBSCRIPTIONS>,
        clients: &Clients<CLIENTS, INBOX, KEY_LEN, VALUE_LEN>,
        now: Instant,
        input: &mut [u8],
        out: &mut Output<'_>,
    ) -> Step {
        loop {
            // Under the lock nobody publishes, so nothing can come behind an UNSUBSCRIBE that is done below.
            if let Some(step) = self.deliver(out) {
                return step;
            }
            let parsed = self.parser.advance(input);
            if parsed != Parsed::Incomplete && out.room() < out.piece() {
                return Step::Send;
            }
            let request = match parsed {
                Parsed::Incomplete => return Step::Read,
                Parsed::Command(request) => request,
                Parsed::Oversized(longest) => {
                    match longest as usize > VALUE_LEN {
                        true => beyond(out, "value", VALUE_LEN, " bytes"),
                        false => beyond(out, "command", input.len(), " bytes"),
                    }
                    self.parser.finish();
                    continue;
                }
                Parsed::Broken(violation) => {
                    violation.write(out);
                    return Step::Close(End::Protocol);
                }
            };
            let bytes = input.get(request.from..request.to).unwrap_or(&[]);
            let mut args = Args::new(bytes, request.arguments, request.inline);
            let name = args.next().unwrap_or(&[]);
            let call = Call { args, out, caller: &mut self.caller, now, from: self.from };
            match shared.execute(clients, name, call) {
                Progress::Done => {
                    shared.statistics.commands = shared.statistics.commands.wrapping_add(1);
                    self.parser.finish();
                    self.from = 0;
                }
                Progress::More(from) => {
                    self.from = from;
                    return Step::Send;
                }
                Progress::Blocked(full) => return Step::Wait(full),
                Progress::Close(end) => return Step::Close(end),
            }
        }
    }

    /// Waits for the client, or for what is published for it. The output is empty.
    async fn wait<C: Clock, R: Read>(
        &mut self,
        clock: C,
        reader: &mut R,
        input: &mut [u8],
        out: &mut Output<'_>,
        options: Options,
    ) -> Result<Event, R::Error> {
        let subscribed = self.caller.subscribed > 0;
        let silence = options.mid_command_timeout.filter(|_| self.parser.is_amid());
        let limit = silence
            .map(|silence| self.heard + if self.parser.is_line() { silence.saturating_mul(16) } else { silence });
        let space = self.parser.space(input);
        if !subscribed && limit.is_none() {
            return reader.read(space).await.map(Event::Received);
        }
        let mut read = pin!(reader.read(space));
        let mut receive = pin!(self.connection.client.inbox().recv());
        let mut sleep = pin!(limit.map(|limit| clock.sleep_until(limit)));
        poll_fn(|cx| {
            if subscribed && let Poll::Ready(published) = receive.as_mut().poll(cx) {
                if let Ok(published) = published {
                    message(out, published.channel(), published.payload());
                }
                return Poll::Ready(Ok(Event::Message));
            }
            if let Poll::Ready(result) = read.as_mut().poll(cx) {
                return Poll::Ready(result.map(Event::Received));
            }
            match sleep.as_mut().as_pin_mut() {
                Some(sleep) => sleep.poll(cx).map(|()| Ok(Event::Silence)),
                None => Poll::Pending,
            }
        })
        .await
    }
}

/// Writes all of `bytes`; `false` if the connection takes no more.
async fn send<W: Write>(writer: &mut W, mut bytes: &[u8]) -> Result<bool, W::Error> {
    while !bytes.is_empty() {
        let count = writer.write(bytes).await?;
        match bytes.get(count..) {
            Some(rest) if count > 0 => bytes = rest,
            _ => return Ok(false),
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
