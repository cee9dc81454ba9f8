//! On Zokio.

use super::{COUNT, Runtime, pieces};
use zokio_core::sync::Channel;
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
