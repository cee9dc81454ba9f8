//! On compio over io_uring, with local-channel for the channels that it does not have itself (unbounded, so a send never
//! waits).

use super::net_echo::{NetEcho, over_owned};
use super::{Runtime, pieces, ping_pong_over_local_channel};
use ::compio::BufResult;
use ::compio::io::{AsyncReadExt, AsyncWriteExt};
use ::compio::net::{TcpListener, TcpStream};
use ::compio::runtime::{spawn, time::sleep};
use futures_lite::future::yield_now;

/// A runtime on this thread.
pub struct Compio(::compio::runtime::Runtime);

impl Runtime for Compio {
    fn new() -> Self {
        Self(::compio::runtime::Runtime::new().expect("a runtime"))
    }

    pieces!("compio", self,
        run: |future| self.0.block_on(future),
        spawn: spawn,
        output: |result: Result<u64, _>| result.unwrap_or(0),
        give_way: yield_now(),
        sleep: sleep);

    ping_pong_over_local_channel!(self,
        run: |future| self.0.block_on(future),
        spawn: spawn,
        output: |result: Result<u64, _>| result.unwrap_or(0));
}

impl NetEcho for Compio {
    over_owned!(self,
    run: |future| self.0.block_on(future),
    spawn: spawn,
    bind: TcpListener::bind("127.0.0.1:0").await,
    connect: TcpStream::connect,
    parts: |BufResult(result, bytes): BufResult<(), Vec<u8>>| {
        result.expect("all of it");
        bytes
    });
}
