//! The work that is measured in one process on one thread, once for each runtime and once by hand. Every piece returns something that is
//! checked, so none can be optimised away or done by half.

pub mod by_hand;
pub mod compio;
pub mod glommio;
pub mod monoio;
pub mod net_echo;
pub mod smol;
pub mod tokio;
pub mod zokio;

/// Tasks or rounds per piece of work.
pub const COUNT: u64 = 1000;

/// What every piece must return.
pub const SUM: u64 = COUNT * (COUNT - 1) / 2;

/// How many timers are alive while one is set and cancelled.
pub const LIVE_TIMERS: u64 = 100_000;

/// A runtime, or what stands for one: how it runs each piece of work.
pub trait Runtime {
    /// The name in the tables.
    const NAME: &'static str;

    /// A runtime on this thread.
    fn new() -> Self;

    /// A task at a time: spawned, run, joined.
    fn spawn_join(&mut self) -> u64;

    /// All tasks at once, then all joined.
    fn spawn_many(&mut self) -> u64;

    /// Two tasks that give way to each other.
    fn yields(&mut self) -> u64;

    /// A value to another task and back.
    fn ping_pong(&mut self) -> u64;

    /// A sleep of a minute that is created, polled once and dropped.
    fn timer_cancel(&mut self) -> u64;

    /// [`LIVE_TIMERS`] sleeps that are created, polled and wait at once, then dropped. Returns how many.
    fn live_timers(&mut self) -> u64;
}

/// The pieces that are the same but for the names of a runtime's functions.
///
/// `run` runs a future; `spawn` spawns one and gives a handle; `output` makes the output of what awaiting that gives;
/// `give_way` and `sleep` are futures.
macro_rules! pieces {
    ($name:literal, $self:ident, run: $run:expr, spawn: $spawn:expr, output: $output:expr, give_way: $give_way:expr,
     sleep: $sleep:expr) => {
        const NAME: &'static str = $name;

        fn spawn_join(&mut $self) -> u64 {
            ($run)(async {
                let mut sum = 0;
                for number in 0..$crate::work::COUNT {
                    sum += ($output)(($spawn)(async move { number }).await);
                }
                sum
            })
        }

        fn spawn_many(&mut $self) -> u64 {
            ($run)(async {
                let tasks: Vec<_> = (0..$crate::work::COUNT).map(|number| ($spawn)(async move { number })).collect();
                let mut sum = 0;
                for task in tasks {
                    sum += ($output)(task.await);
                }
                sum
            })
        }

        fn yields(&mut $self) -> u64 {
            async fn count() -> u64 {
                let mut sum = 0;
                for number in 0..$crate::work::COUNT {
                    $give_way.await;
                    sum += number;
                }
                sum
            }
            ($run)(async {
                let other = ($spawn)(count());
                let one = count().await;
                one.min(($output)(other.await))
            })
        }

        fn timer_cancel(&mut $self) -> u64 {
            ($run)(async {
                let mut sum = 0;
                for number in 0..$crate::work::COUNT {
                    let mut sleep = std::pin::pin!(($sleep)(std::time::Duration::from_secs(60)));
                    sum += $crate::work::poll_once(sleep.as_mut(), number).await;
                }
                sum
            })
        }

        fn live_timers(&mut $self) -> u64 {
            ($run)(async {
                let mut alive = Vec::with_capacity($crate::work::LIVE_TIMERS as usize);
                for number in 0..$crate::work::LIVE_TIMERS {
                    let mut sleep = Box::pin(($sleep)($crate::work::long_from_now(number)));
                    $crate::work::poll_once(sleep.as_mut(), number).await;
                    alive.push(sleep);
                }
                std::hint::black_box(&alive).len() as u64
            })
        }
    };
}
use pieces;

/// A value there and back, for runtimes without channels of their own: over local-channel, which is unbounded, so a send never
/// waits. Parameters as those of the others.
macro_rules! ping_pong_over_local_channel {
    ($self:ident, run: $run:expr, spawn: $spawn:expr, output: $output:expr) => {
        fn ping_pong(&mut $self) -> u64 {
            ($run)(async {
                let (there, mut inbox) = local_channel::mpsc::channel();
                let (back, mut answers) = local_channel::mpsc::channel();
                let echo = ($spawn)(async move {
                    while let Some(number) = inbox.recv().await {
                        if back.send(number).is_err() {
                            break;
                        }
                    }
                    0
                });
                let mut sum = 0;
                for number in 0..$crate::work::COUNT {
                    if there.send(number).is_ok() {
                        sum += answers.recv().await.unwrap_or(0);
                    }
                }
                drop(there);
                sum + ($output)(echo.await)
            })
        }
    };
}
use ping_pong_over_local_channel;

/// How long timer `number` of [`LIVE_TIMERS`] is to wait: spread over ten minutes, in no order.
fn long_from_now(number: u64) -> std::time::Duration {
    std::time::Duration::from_millis(60_000 + number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 600_000)
}

/// Polls once with the task's own waker, and gives `number` back if it is pending.
async fn poll_once<F: Future>(mut future: std::pin::Pin<&mut F>, number: u64) -> u64 {
    std::future::poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending(), "a minute has not passed");
        std::task::Poll::Ready(number)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_net<R: net_echo::NetEcho>() {
        assert_eq!(R::new().net_echo(), net_echo::TIMES * net_echo::MESSAGE as u64, "{}", R::NAME);
        check::<R>();
    }

    fn check<R: Runtime>() {
        let mut runtime = R::new();
        assert_eq!(runtime.spawn_join(), SUM, "{}", R::NAME);
        assert_eq!(runtime.spawn_many(), SUM, "{}", R::NAME);
        assert_eq!(runtime.yields(), SUM, "{}", R::NAME);
        assert_eq!(runtime.ping_pong(), SUM, "{}", R::NAME);
        assert_eq!(runtime.timer_cancel(), SUM, "{}", R::NAME);
        // One of glommio's tasks can have 32 767 wakers.
        if R::NAME != "glommio" {
            assert_eq!(runtime.live_timers(), LIVE_TIMERS, "{}", R::NAME);
        }
    }

    #[test]
    fn every_piece_of_work_is_done() {
        check::<by_hand::ByHand>();
        check_net::<zokio::Zokio>();
        check_net::<tokio::Tokio>();
        check_net::<smol::Smol>();
        check_net::<monoio::Monoio>();
        check_net::<compio::Compio>();
        check_net::<glommio::Glommio>();
    }
}
