//! A key-value server that speaks the Redis protocol, on any Zokio machine.
//!
//! `no_std`, no `alloc`, no global state. It is written once, over [`embedded_io_async::Read`] and
//! [`Write`](embedded_io_async::Write) and over [`zokio_core::time::Clock`]; a board hosts it on a UART, a server on
//! sockets. All capacities are const generics of [`Server`]; what is larger is answered with an error.
//!
//! # Hosting it
//!
//! A static [`Server`], one task for [`expire`](Server::expire), one task per connection for [`serve`](Server::serve):
//!
//! ```
//! use embedded_io_async::{Read, Write};
//! use kv::{Options, Server, Small};
//! use zokio_core::time::Clock;
//!
//! static SERVER: Small = Server::new();
//!
//! async fn expiry(clock: impl Clock) {
//!     SERVER.expire(clock).await
//! }
//!
//! /// A serial line has no connections, so whatever ends a session, the next one begins.
//! async fn serial_line(clock: impl Clock, mut reader: impl Read, mut writer: impl Write) {
//!     loop {
//!         let _ = SERVER.serve(clock, &mut reader, &mut writer, Options::SERIAL).await;
//!     }
//! }
//!
//! /// A socket is closed when its session is over.
//! async fn connection(clock: impl Clock, reader: impl Read, writer: impl Write) {
//!     let _ = SERVER.serve(clock, reader, writer, Options::SOCKET).await;
//! }
//! ```
//!
//! # What it does
//!
//! PING, ECHO, SET (NX, XX, GET, EX, PX, KEEPTTL), GET, DEL, EXISTS, INCR, DECR, INCRBY, DECRBY, MSET, MGET, EXPIRE and
//! PEXPIRE (NX, XX, GT, LT), TTL, PTTL, PERSIST, DBSIZE, FLUSHALL, FLUSHDB, SUBSCRIBE, UNSUBSCRIBE, PUBLISH, INFO, QUIT,
//! RESET, and what clients send when they connect: HELLO 2, SELECT 0, COMMAND, CLIENT, CONFIG. Requests are arrays of
//! bulk strings or plain lines; replies and errors are those of Redis 7. Pipelining works as it does there.
//!
//! When a key expires, those who have subscribed to `__keyevent@0__:expired` are told, without any configuration.
//!
//! # What is different
//!
//! - **Commands are limited by the input buffer.** A command with all its arguments, as it is on the wire, must fit `IN`
//!   bytes; so there is a limit to what one MGET, MSET, DEL or EXISTS can name. One that does not fit is passed over
//!   while it streams in, whatever its size, and answered with `-ERR value exceeds this server's capacity of N bytes`
//!   (if any argument was longer than a value can be) or `-ERR command exceeds …`. The commands behind it are done.
//!   A plain line that does not fit is a protocol error, as it is in Redis from 64 KiB on.
//! - **Replies are not limited by the output buffer**; long ones are sent in pieces. An MGET whose reply takes several
//!   pieces reads the keys of each piece at one moment, but not all of them.
//! - **Keys and values are limited**: SET and its like answer `-ERR key exceeds …` and `-ERR value exceeds …`, and
//!   `-OOM command not allowed when used memory > 'maxmemory'.` when a new key finds no place. Asking for a key that is
//!   too long is no error; there is none. MSET does all or nothing.
//! - **A slow subscriber** holds back who publishes (and, if it is told of expired keys, everybody) when its inbox is
//!   full: for a second at most. Then it is given up, messages for it are dropped and counted
//!   (`pubsub_dropped_messages` of INFO), and it is disconnected.
//! - **Time** is that of the host's clock; no key lives longer than 146 years. All commands that are done
//!   together see the same time.
//! - A bulk that is not followed by a line end closes the connection, where Redis takes any two bytes.
//! - On a serial line ([`Options::SERIAL`]) a command that a subscriber may not send, and a PING alone, ends the
//!   subscriptions instead of being refused; and a command that was cut off is forgotten after a quarter of a second.
#![cfg_attr(not(test), no_std)]

mod clients;
mod command;
mod expiry;
mod resp;
mod server;
mod session;
mod shared;
mod store;
mod subscriptions;

pub use server::{Large, Medium, Server, Small};
pub use session::{End, Error, Options};
