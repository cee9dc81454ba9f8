//! The work that is measured, once for each runtime, all on one thread. Every piece returns something that is checked, so
//! none can be optimised away or done by half.

use std::time::Duration;

#[path = "workers.rs"]
pub mod workers;

/// Tasks or rounds per piece of work.
pub const COUNT: u64 = 1000;

/// What every piece must return.
pub const SUM: u64 = COUNT * (COUNT - 1) / 2;

/// On Zokio.
pub mod zokio {
    use super::{COUNT, Duration};
    use zokio_core::sync::Channel;
    use zokio_std::{Runtime, spawn_local};

    /// A task at a time: spawned, run, joined.
    pub fn spawn_join(runtime: &Runtime) -> u64 {
        runtime.block_on(async {
            let mut sum = 0;
            for number in 0..COUNT {
                sum += spawn_local(async move { number }).await.unwrap_or(0);
            }
            sum
        })
    }

    /// All tasks at once, then all joined.
    pub fn spawn_many(runtime: &Runtime) -> u64 {
        runtime.block_on(async {
            let tasks: Vec<_> = (0..COUNT).map(|number| spawn_local(async move { number })).collect();
            let mut sum = 0;
            for task in tasks {
                sum += task.await.unwrap_or(0);
            }
            sum
        })
    }

    /// Two tasks that give way to each other.
    pub fn yields(runtime: &Runtime) -> u64 {
        async fn count() -> u64 {
            let mut sum = 0;
            for number in 0..COUNT {
                zokio_core::future::yield_now().await;
                sum += number;
            }
            sum
        }
        runtime.block_on(async {
            let other = spawn_local(count());
            let one = count().await;
            one.min(other.await.unwrap_or(0))
        })
    }

    /// A value to another task and back, through two channels of one place.
    pub fn ping_pong(runtime: &Runtime) -> u64 {
        static THERE: Channel<u64, 1> = Channel::new();
        static BACK: Channel<u64, 1> = Channel::new();
        runtime.block_on(async {
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

    /// A timeout that is armed and dropped: what every request with a limit does.
    pub fn timeouts(runtime: &Runtime) -> u64 {
        runtime.block_on(async {
            let mut sum = 0;
            for number in 0..COUNT {
                let once = async {
                    zokio_core::future::yield_now().await;
                    number
                };
                sum += zokio_std::time::timeout(Duration::from_secs(60), once).await.unwrap_or(0);
            }
            sum
        })
    }
}

/// The same on tokio's current-thread runtime.
pub mod tokio {
    use super::{COUNT, Duration};
    use ::tokio::runtime::Runtime;
    use ::tokio::sync::mpsc::channel;
    use ::tokio::task::{LocalSet, spawn_local, yield_now};

    /// A task at a time: spawned, run, joined.
    pub fn spawn_join(runtime: &Runtime) -> u64 {
        LocalSet::new().block_on(runtime, async {
            let mut sum = 0;
            for number in 0..COUNT {
                sum += spawn_local(async move { number }).await.unwrap_or(0);
            }
            sum
        })
    }

    /// All tasks at once, then all joined.
    pub fn spawn_many(runtime: &Runtime) -> u64 {
        LocalSet::new().block_on(runtime, async {
            let tasks: Vec<_> = (0..COUNT).map(|number| spawn_local(async move { number })).collect();
            let mut sum = 0;
            for task in tasks {
                sum += task.await.unwrap_or(0);
            }
            sum
        })
    }

    /// Two tasks that give way to each other.
    pub fn yields(runtime: &Runtime) -> u64 {
        async fn count() -> u64 {
            let mut sum = 0;
            for number in 0..COUNT {
                yield_now().await;
                sum += number;
            }
            sum
        }
        LocalSet::new().block_on(runtime, async {
            let other = spawn_local(count());
            let one = count().await;
            one.min(other.await.unwrap_or(0))
        })
    }

    /// A value to another task and back, through two channels of one place.
    pub fn ping_pong(runtime: &Runtime) -> u64 {
        LocalSet::new().block_on(runtime, async {
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

    /// A timeout that is armed and dropped: what every request with a limit does.
    pub fn timeouts(runtime: &Runtime) -> u64 {
        runtime.block_on(async {
            let mut sum = 0;
            for number in 0..COUNT {
                let once = async {
                    yield_now().await;
                    number
                };
                sum += ::tokio::time::timeout(Duration::from_secs(60), once).await.unwrap_or(0);
            }
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{SUM, tokio, zokio};

    #[test]
    fn every_piece_of_work_is_done() {
        let ours = zokio_std::Runtime::new().unwrap();
        let theirs = ::tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        for (name, done) in [
            ("spawn_join", [zokio::spawn_join(&ours), tokio::spawn_join(&theirs)]),
            ("spawn_many", [zokio::spawn_many(&ours), tokio::spawn_many(&theirs)]),
            ("yields", [zokio::yields(&ours), tokio::yields(&theirs)]),
            ("ping_pong", [zokio::ping_pong(&ours), tokio::ping_pong(&theirs)]),
            ("timeouts", [zokio::timeouts(&ours), tokio::timeouts(&theirs)]),
        ] {
            assert_eq!(done, [SUM; 2], "{name}");
        }
    }
}
