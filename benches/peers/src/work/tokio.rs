//! On tokio's current-thread runtime, with tasks of a `LocalSet`.

use super::net_echo::{NetEcho, over_borrowed};
use super::{COUNT, Runtime, pieces};
use ::tokio::io::{AsyncReadExt, AsyncWriteExt};
use ::tokio::net::{TcpListener, TcpStream};
use ::tokio::sync::mpsc::channel;
use ::tokio::task::{LocalSet, spawn_local, yield_now};
use ::tokio::time::sleep;

/// A runtime on this thread.
pub struct Tokio(::tokio::runtime::Runtime, LocalSet);

impl Runtime for Tokio {
    fn new() -> Self {
        let runtime = ::tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self(runtime, LocalSet::new())
    }

    pieces!("tokio", self,
        run: |future| self.1.block_on(&self.0, future),
        spawn: spawn_local,
        output: |result: Result<u64, _>| result.unwrap_or(0),
        give_way: yield_now(),
        sleep: sleep);

    fn ping_pong(&mut self) -> u64 {
        self.1.block_on(&self.0, async {
            let (there, mut inbox) = channel(1);
            let (back, mut answers) = channel(1);
            let echo = spawn_local(async move {
                while let Some(number) = inbox.recv().await {
                    if back.send(number).await.is_err() {
                        return;
                    }
                }
            });
            let mut sum = 0;
            for number in 0..COUNT {
                if there.send(number).await.is_ok() {
                    sum += answers.recv().await.unwrap_or(0);
                }
            }
            drop(there);
            let _ = echo.await;
            sum
        })
    }
}

impl NetEcho for Tokio {
    over_borrowed!(self,
        run: |future| self.1.block_on(&self.0, future),
        spawn: spawn_local,
        bind: TcpListener::bind("127.0.0.1:0").await,
        address: TcpListener::local_addr,
        accept: async |listener: &mut TcpListener| listener.accept().await.map(|(stream, _)| stream),
        connect: TcpStream::connect);
}
