//! What lilos's operations cost on a board, in instructions: the same work as in `benches/embedded/zokio`.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(all(target_arch = "arm", target_has_atomic = "ptr")))]
fn main() {}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
mod firmware {
    use bench_marks::{LAPS, NUMBER, clear_alarm, finish, from, lap, ring_soon, to};
    use core::cell::Cell;
    use core::convert::Infallible;
    use core::future::{pending, poll_fn};
    use core::mem::MaybeUninit;
    use core::pin::{Pin, pin};
    use core::task::Poll;
    use lilos::exec::{Notify, run_tasks, yield_cpu};
    use lilos::spsc::Queue;
    use lilos::time::{Millis, sleep_for, with_timeout};
    use panic_halt as _;

    static ALARM: Notify = Notify::new();

    unsafe extern "C" {
        fn DefaultHandler();
    }

    extern "C" fn alarm() {
        from!("interrupt");
        ALARM.notify();
        clear_alarm();
    }

    // SAFETY: *Vector table:* right behind the exceptions, as long as the highest number in use needs.
    #[unsafe(link_section = ".vector_table.interrupts")]
    #[unsafe(no_mangle)]
    static __INTERRUPTS: [unsafe extern "C" fn(); NUMBER as usize + 1] = {
        let mut table: [unsafe extern "C" fn(); NUMBER as usize + 1] = [DefaultHandler; NUMBER as usize + 1];
        table[NUMBER as usize] = alarm;
        table
    };

    /// Sleeps a millisecond, again and again.
    macro_rules! timer {
        ($name:literal) => {
            for _ in 0..LAPS {
                lap!($name);
                sleep_for(Millis(1)).await;
            }
            lap!($name);
        };
    }

    /// Makes a timeout, polls it once and drops it, again and again, each time an earlier one.
    macro_rules! timeout {
        ($name:literal, $millis:literal) => {
            for lap in 0..LAPS as u64 {
                lap!($name);
                let mut timeout = pin!(with_timeout(Millis($millis - 1_000 * lap), pending::<()>()));
                poll_fn(|cx| {
                    let _ = timeout.as_mut().poll(cx);
                    Poll::Ready(())
                })
                .await;
            }
            lap!($name);
        };
    }

    /// The others that are alive: so many sleeps, in one task, which is polled only when there are to be more. (Tasks of
    /// their own would each be asked in every turn.)
    async fn sleepers(alive: &Cell<usize>, more: &Notify) -> Infallible {
        let mut sleeps: [_; 64] = core::array::from_fn(|_| sleep_for(Millis(3_600_000)));
        // SAFETY: they are not moved any more: pinned.
        let mut sleeps = sleeps.each_mut().map(|sleep| unsafe { Pin::new_unchecked(sleep) });
        poll_fn(|cx| {
            more.subscribe(cx.waker());
            for sleep in &mut sleeps[..alive.get()] {
                let _ = sleep.as_mut().poll(cx);
            }
            Poll::Pending
        })
        .await
    }

    async fn others(alive: &Cell<usize>, more: &Notify, count: usize) {
        alive.set(alive.get() + count);
        more.notify();
        yield_cpu().await;
    }

    #[cortex_m_rt::entry]
    fn main() -> ! {
        let Some(mut peripherals) = cortex_m::Peripherals::take() else { finish() };
        lilos::time::initialize_sys_tick(&mut peripherals.SYST, 12_500_000);
        // SAFETY: *Core peripheral:* the handler is bound above.
        unsafe { (0xe000_e100 as *mut u32).write_volatile(1 << NUMBER) };

        // One place more than they hold.
        let (mut requests, mut answers) = ([MaybeUninit::<u32>::uninit(); 2], [MaybeUninit::<u32>::uninit(); 2]);
        let (mut requests, mut answers) = (Queue::new(&mut requests), Queue::new(&mut answers));
        let ((mut to_echo, mut at_echo), (mut from_echo, mut at_work)) = (requests.split(), answers.split());
        let (alive, more) = (Cell::new(0), Notify::new());

        let echo = pin!(async move {
            loop {
                let number = at_echo.pop().await;
                from_echo.reserve().await.push(number);
            }
        });
        let work = pin!(async {
            for _ in 0..LAPS {
                lap!("yield");
                yield_cpu().await;
            }
            lap!("yield");
            for number in 0..LAPS as u32 {
                lap!("channel");
                to_echo.reserve().await.push(number);
                at_work.pop().await;
            }
            lap!("channel");
            for _ in 0..LAPS {
                let mut rung = false;
                poll_fn(|cx| {
                    to!("interrupt");
                    if rung {
                        return Poll::Ready(());
                    }
                    rung = true;
                    ALARM.subscribe(cx.waker());
                    ring_soon();
                    Poll::Pending
                })
                .await;
            }
            timer!("timer, 0 others");
            others(&alive, &more, 1).await;
            timeout!("timeout, 1 other", 60_000);
            others(&alive, &more, 15).await;
            timer!("timer, 16 others");
            others(&alive, &more, 48).await;
            timer!("timer, 64 others");
            timeout!("timeout, 64 others", 30_000);
            timeout!("timeout after 64 others", 7_200_000);
            finish()
        });
        run_tasks(&mut [work, echo, pin!(sleepers(&alive, &more))], usize::MAX)
    }
}
