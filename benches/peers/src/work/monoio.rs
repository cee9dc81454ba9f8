//! On monoio over io_uring, with local-channel for the channels that it does not have itself (unbounded, so a send never
//! waits).

use super::{COUNT, Runtime, pieces};
use ::monoio::{spawn, time::sleep};
use futures_lite::future::yield_now;
use local_channel::mpsc::channel;

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

    fn ping_pong(&mut self) -> u64 {
        self.0.block_on(async {
            let (there, mut inbox) = channel();
            let (back, mut answers) = channel();
            let echo = spawn(async move {
                while let Some(number) = inbox.recv().await {
                    if back.send(number).is_err() {
                        return;
                    }
                }
            });
            let mut sum = 0;
            for number in 0..COUNT {
                if there.send(number).is_ok() {
                    sum += answers.recv().await.unwrap_or(0);
                }
            }
            drop(there);
            let _ = echo.await;
            sum
        })
    }
}
