//! On smol: async-executor's local executor, async-io's timers, async-channel.

use super::net_echo::{NetEcho, over_borrowed};
use super::{COUNT, Runtime, pieces};
use async_channel::bounded;
use async_executor::LocalExecutor;
use async_io::{Async, Timer, block_on};
use futures_lite::future::yield_now;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use std::net::{TcpListener, TcpStream};
use std::rc::Rc;

/// An executor on this thread.
pub struct Smol(Rc<LocalExecutor<'static>>);

impl Runtime for Smol {
    fn new() -> Self {
        Self(Rc::new(LocalExecutor::new()))
    }

    pieces!("smol", self,
        run: |future| block_on(self.0.run(future)),
        spawn: |future| self.0.spawn(future),
        output: |result: u64| result,
        give_way: yield_now(),
        sleep: Timer::after);

    fn ping_pong(&mut self) -> u64 {
        block_on(self.0.run(async {
            let (there, inbox) = bounded(1);
            let (back, answers) = bounded(1);
            let echo = self.0.spawn(async move {
                while let Ok(number) = inbox.recv().await {
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
            echo.await;
            sum
        }))
    }
}

impl NetEcho for Smol {
    over_borrowed!(self,
        run: |future| block_on(self.0.run(future)),
        spawn: |future| self.0.spawn(future),
        bind: Async::<TcpListener>::bind(([127, 0, 0, 1], 0)),
        address: |listener: &Async<TcpListener>| listener.get_ref().local_addr(),
        accept: async |listener: &mut Async<TcpListener>| listener.accept().await.map(|(stream, _)| stream),
        connect: Async::<TcpStream>::connect);
}
