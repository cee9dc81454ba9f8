//! On glommio over io_uring, with local-channel for the channels that it does not have for one thread (unbounded, so a send
//! never waits).

use super::{COUNT, Runtime, pieces};
use ::glommio::{LocalExecutor, LocalExecutorBuilder, spawn_local, timer::Timer};
use futures_lite::future::yield_now;
use local_channel::mpsc::channel;

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

    fn ping_pong(&mut self) -> u64 {
        self.0.run(async {
            let (there, mut inbox) = channel();
            let (back, mut answers) = channel();
            let echo = spawn_local(async move {
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
            echo.await;
            sum
        })
    }
}
