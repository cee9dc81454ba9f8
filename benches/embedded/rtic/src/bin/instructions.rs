//! What RTIC's operations cost on a board, in instructions: the same work as in `benches/embedded/zokio`.
//!
//! RTIC asks all tasks of a priority whether they are to run, so there are few here.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(all(target_arch = "arm", target_has_atomic = "ptr")))]
fn main() {}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
#[rtic::app(device = bench_rtic, peripherals = false, dispatchers = [GPIOA])]
mod firmware {
    use bench_marks::{LAPS, NUMBER, clear_alarm, finish, from, lap, ring_soon, to};
    use bench_rtic::Mono;
    use core::future::{pending, poll_fn};
    use core::pin::{Pin, pin};
    use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use core::task::Poll;
    use embassy_futures::yield_now;
    use fugit::ExtU64;
    use panic_halt as _;
    use rtic_common::waker_registration::CriticalSectionWakerRegistration as WakerRegistration;
    use rtic_sync::channel::{Receiver, Sender};
    use rtic_sync::signal::{SignalReader, SignalWriter};
    use rtic_sync::{make_channel, make_signal};
    use rtic_time::Timebase;

    bench_rtic::tickless! {}
    bench_rtic::vectors! { NUMBER as usize + 1; GPIOA, TIMER0 }

    type Requests = (Sender<'static, u32, 1>, SignalWriter<'static, u32>);
    type Answers = (Receiver<'static, u32, 1>, SignalReader<'static, u32>);

    static ALARM: WakerRegistration = WakerRegistration::new();

    #[shared]
    struct Shared {}

    #[local]
    struct Local {}

    #[init]
    fn init(_: init::Context) -> (Shared, Local) {
        Mono::start();
        let ((to_echo, at_echo), (from_echo, at_work)) = (make_channel!(u32, 1), make_channel!(u32, 1));
        let ((request, requested), (answer, answered)) = (make_signal!(u32), make_signal!(u32));
        let _ = echo_channel::spawn(at_echo, from_echo);
        let _ = echo_signal::spawn(requested, answer);
        let _ = sleepers::spawn();
        let _ = work::spawn((to_echo, request), (at_work, answered));
        (Shared {}, Local {})
    }

    #[idle]
    fn idle(_: idle::Context) -> ! {
        bench_rtic::sleep()
    }

    #[task(binds = TIMER0, priority = 2)]
    fn alarm(_: alarm::Context) {
        from!("interrupt");
        ALARM.wake();
        clear_alarm();
    }

    #[task(priority = 1)]
    async fn echo_channel(
        _: echo_channel::Context,
        mut requests: Receiver<'static, u32, 1>,
        mut answers: Sender<'static, u32, 1>,
    ) {
        while let Ok(number) = requests.recv().await {
            let _ = answers.send(number).await;
        }
    }

    #[task(priority = 1)]
    async fn echo_signal(
        _: echo_signal::Context,
        mut request: SignalReader<'static, u32>,
        mut answer: SignalWriter<'static, u32>,
    ) {
        loop {
            let number = request.wait().await;
            answer.write(number);
        }
    }

    /// The others that are alive: so many sleeps, in one task, which is polled only when there are to be more.
    #[task(priority = 1)]
    async fn sleepers(_: sleepers::Context) {
        let mut sleeps: [_; 64] = core::array::from_fn(|_| Mono::delay(3600.secs()));
        // SAFETY: they are not moved any more: pinned.
        let mut sleeps = sleeps.each_mut().map(|sleep| unsafe { Pin::new_unchecked(sleep) });
        poll_fn(|cx| {
            MORE.register(cx.waker());
            for sleep in &mut sleeps[..ALIVE.load(Relaxed)] {
                let _ = sleep.as_mut().poll(cx);
            }
            Poll::<()>::Pending
        })
        .await
    }

    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    static MORE: WakerRegistration = WakerRegistration::new();

    /// Lets `count` more of the others begin to wait.
    async fn others(count: usize) {
        ALIVE.fetch_add(count, Relaxed);
        MORE.wake();
        yield_now().await;
    }

    /// Sleeps a millisecond, again and again.
    macro_rules! timer {
        ($name:literal) => {
            for _ in 0..LAPS {
                lap!($name);
                Mono::delay(1.millis()).await;
            }
            lap!($name);
        };
    }

    /// Makes a timeout, polls it once and drops it, again and again, each time an earlier one.
    macro_rules! timeout {
        ($name:literal, $secs:literal) => {
            for lap in 0..LAPS as u64 {
                lap!($name);
                let mut timeout = pin!(Mono::timeout_after(($secs - lap).secs(), pending::<()>()));
                poll_fn(|cx| {
                    let _ = timeout.as_mut().poll(cx);
                    Poll::Ready(())
                })
                .await;
            }
            lap!($name);
        };
    }

    #[task(priority = 1)]
    async fn work(_: work::Context, requests: Requests, answers: Answers) {
        let ((mut to_echo, mut request), (mut at_work, mut answered)) = (requests, answers);
        for _ in 0..LAPS {
            lap!("yield");
            yield_now().await;
        }
        lap!("yield");
        for number in 0..LAPS as u32 {
            lap!("channel");
            let _ = to_echo.send(number).await;
            let _ = at_work.recv().await;
        }
        lap!("channel");
        for number in 0..LAPS as u32 {
            lap!("signal");
            request.write(number);
            answered.wait().await;
        }
        lap!("signal");
        for _ in 0..LAPS {
            let mut rung = false;
            poll_fn(|cx| {
                to!("interrupt");
                if rung {
                    return Poll::Ready(());
                }
                rung = true;
                ALARM.register(cx.waker());
                ring_soon();
                Poll::Pending
            })
            .await;
        }
        timer!("timer, 0 others");
        others(1).await;
        timeout!("timeout, 1 other", 60);
        others(15).await;
        timer!("timer, 16 others");
        others(48).await;
        timer!("timer, 64 others");
        timeout!("timeout, 64 others", 30);
        timeout!("timeout after 64 others", 7200);
        finish()
    }
}
