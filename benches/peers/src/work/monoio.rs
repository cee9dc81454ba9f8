//! On monoio over io_uring, with local-channel for the channels that it does not have itself (unbounded, so a send never
//! waits).

use super::net_echo::{NetEcho, over_owned};
use super::{Runtime, pieces, ping_pong_over_local_channel};
use ::monoio::io::{AsyncReadRentExt, AsyncWriteRentExt};
use ::monoio::net::{TcpListener, TcpStream};
use ::monoio::{spawn, time::sleep};
use futures_lite::future::yield_now;

/// A runtime on this thread.
pub struct Monoio(::monoio::Runtime<::monoio::time::TimeDriver<::monoio::IoUringDriver>>);

impl Runtime for Monoio {
    fn new() -> Self {
        Self(::monoio::RuntimeBuilder::<::monoio::IoUringDriver>::new().enable_timer().build().expect("a runtime"))
    }

    pieces!("monoio", self,
        run: |future| self.0.block_on(future),
        spawn: spawn,
        output: |result: u64| result,
        give_way: yield_now(),
        sleep: sleep);

    ping_pong_over_local_channel!(self,
        run: |future| self.0.block_on(future),
        spawn: spawn,
        output: |result: u64| result);
}

impl NetEcho for Monoio {
    over_owned!(self,
    run: |future| self.0.block_on(future),
    spawn: spawn,
    bind: TcpListener::bind("127.0.0.1:0"),
    connect: TcpStream::connect,
    parts: |(result, bytes): (std::io::Result<usize>, Vec<u8>)| {
        result.expect("all of it");
        bytes
    });
}
