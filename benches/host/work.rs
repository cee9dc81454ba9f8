//! The work that is measured, once for each runtime, all on one thread. Every piece returns something that is checked, so
//! none can be optimised away or done by half.

use std::time::Duration;

#[path = "workers.rs"]
pub mod workers;

/// Tasks or rounds per piece of work.
pub const COUNT: u64 = 1000;

/// What every piece must return.
pub const SUM: u64 = COUNT * (COUNT - 1) / 2;

/// Bytes of a message over TCP.
const MESSAGE: usize = 64;

fn message(number: u64) -> [u8; MESSAGE] {
    let mut bytes = [0; MESSAGE];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes
}

fn told(message: &[u8; MESSAGE]) -> u64 {
    message[..8].try_into().map_or(0, u64::from_le_bytes)
}

/// On Zokio.
pub mod zokio {
    use super::{COUNT, Duration, MESSAGE, message, told};
    use zokio_core::sync::Channel;
    use zokio_std::net::{TcpListener, TcpStream};
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

    /// A message over TCP and back, both ends in one thread.
    pub fn echo(runtime: &Runtime) -> u64 {
        runtime
            .block_on(async {
                let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
                let address = listener.local_addr()?;
                let echo = spawn_local(async move {
                    let (mut stream, _) = listener.accept().await?;
                    let mut bytes = [0; MESSAGE];
                    while stream.read_exact(&mut bytes).await.is_ok() {
                        stream.write_all(&bytes).await?;
                    }
                    Ok::<_, std::io::Error>(())
                });
                let mut stream = TcpStream::connect(address).await?;
                let (mut sum, mut bytes) = (0, [0; MESSAGE]);
                for number in 0..COUNT {
                    stream.write_all(&message(number)).await?;
                    stream.read_exact(&mut bytes).await?;
                    sum += told(&bytes);
                }
                drop(stream);
                let _ = echo.await;
                Ok::<_, std::io::Error>(sum)
            })
            .unwrap_or(0)
    }
}

/// The same on tokio's current-thread runtime.
pub mod tokio {
    use super::{COUNT, Duration, MESSAGE, message, told};
    use ::tokio::io::{AsyncReadExt, AsyncWriteExt};
    use ::tokio::net::{TcpListener, TcpStream};
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

    /// A message over TCP and back, both ends in one thread.
    pub fn echo(runtime: &Runtime) -> u64 {
        LocalSet::new()
            .block_on(runtime, async {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let address = listener.local_addr()?;
                let echo = spawn_local(async move {
                    let (mut stream, _) = listener.accept().await?;
                    let mut bytes = [0; MESSAGE];
                    while stream.read_exact(&mut bytes).await.is_ok() {
                        stream.write_all(&bytes).await?;
                    }
                    Ok::<_, std::io::Error>(())
                });
                let mut stream = TcpStream::connect(address).await?;
                let (mut sum, mut bytes) = (0, [0; MESSAGE]);
                for number in 0..COUNT {
                    stream.write_all(&message(number)).await?;
                    stream.read_exact(&mut bytes).await?;
                    sum += told(&bytes);
                }
                drop(stream);
                let _ = echo.await;
                Ok::<_, std::io::Error>(sum)
            })
            .unwrap_or(0)
    }
}

/// A piece of work on a runtime of kind `R`.
pub type Work<R> = fn(&R) -> u64;

/// All of them, by name.
pub const PIECES: [(&str, Work<zokio_std::Runtime>, Work<::tokio::runtime::Runtime>); 6] = [
    ("spawn_join", zokio::spawn_join, tokio::spawn_join),
    ("spawn_many", zokio::spawn_many, tokio::spawn_many),
    ("yields", zokio::yields, tokio::yields),
    ("ping_pong", zokio::ping_pong, tokio::ping_pong),
    ("timeouts", zokio::timeouts, tokio::timeouts),
    ("echo", zokio::echo, tokio::echo),
];

#[cfg(test)]
mod tests {
    use super::{PIECES, SUM};

    #[test]
    fn every_piece_of_work_is_done() {
        let ours = zokio_std::Runtime::new().unwrap();
        let theirs = ::tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for (name, on_zokio, on_tokio) in PIECES {
            assert_eq!([on_zokio(&ours), on_tokio(&theirs)], [SUM; 2], "{name}");
        }
    }
}
