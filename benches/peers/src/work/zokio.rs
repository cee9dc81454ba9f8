//! On Zokio.

use super::net_echo::{NetEcho, over_borrowed};
use super::{COUNT, Runtime, pieces};
use zokio_core::sync::Channel;
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::{spawn_local, time::sleep};

/// A runtime on this thread, over io_uring where there is one.
pub struct Zokio(zokio_std::Runtime);

impl Runtime for Zokio {
    fn new() -> Self {
        Self(zokio_std::Runtime::new().expect("a runtime"))
    }

    pieces!("zokio", self,
        run: |future| self.0.block_on(future),
        spawn: spawn_local,
        output: |result: Result<u64, _>| result.unwrap_or(0),
        give_way: zokio_core::future::yield_now(),
        sleep: sleep);

    fn ping_pong(&mut self) -> u64 {
        static THERE: Channel<u64, 1> = Channel::new();
        static BACK: Channel<u64, 1> = Channel::new();
        self.0.block_on(async {
            let echo = spawn_local(async {
                for _ in 0..COUNT {
                    let Ok(number) = THERE.recv().await else { return };
                    if BACK.send(number).await.is_err() {
                        return;
                    }
                }
            });
            let mut sum = 0;
            for number in 0..COUNT {
                if THERE.send(number).await.is_ok() {
                    sum += BACK.recv().await.unwrap_or(0);
                }
            }
            let _ = echo.await;
            sum
        })
    }
}

impl NetEcho for Zokio {
    over_borrowed!(self,
        run: |future| self.0.block_on(future),
        spawn: spawn_local,
        bind: TcpListener::bind("127.0.0.1:0".parse().expect("an address")),
        address: TcpListener::local_addr,
        accept: async |listener: &mut TcpListener| listener.accept().await.map(|(stream, _)| stream),
        connect: TcpStream::connect);
}
