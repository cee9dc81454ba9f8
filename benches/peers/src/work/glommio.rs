//! On glommio over io_uring, with local-channel for the channels that it does not have for one thread (unbounded, so a send
//! never waits).

use super::net_echo::{NetEcho, over_borrowed};
use super::{Runtime, pieces, ping_pong_over_local_channel};
use ::glommio::net::{TcpListener, TcpStream};
use ::glommio::{LocalExecutor, LocalExecutorBuilder, spawn_local, timer::Timer};
use futures_lite::future::yield_now;
use futures_lite::{AsyncReadExt, AsyncWriteExt};

/// A runtime on this thread.
pub struct Glommio(LocalExecutor);

impl Runtime for Glommio {
    fn new() -> Self {
        Self(LocalExecutorBuilder::default().make().expect("a runtime"))
    }

    pieces!("glommio", self,
        run: |future| self.0.run(future),
        spawn: spawn_local,
        output: |result: u64| result,
        give_way: yield_now(),
        sleep: Timer::new);

    ping_pong_over_local_channel!(self,
        run: |future| self.0.run(future),
        spawn: spawn_local,
        output: |result: u64| result);
}

impl NetEcho for Glommio {
    over_borrowed!(self,
        run: |future| self.0.run(future),
        spawn: spawn_local,
        bind: TcpListener::bind("127.0.0.1:0"),
        address: TcpListener::local_addr,
        accept: async |listener: &mut TcpListener| listener.accept().await,
        connect: TcpStream::connect);
}
