//! Eight tasks share a channel and a mutex: `examples/tasks8` on RTIC.
//!
//! RTIC has no pools: a task runs once at a time, so eight are eight tasks, over one function. Its channel has one receiver, which
//! stands behind a mutex of its own here.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(all(target_arch = "arm", target_has_atomic = "ptr")))]
fn main() {}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
#[rtic::app(device = bench_rtic, peripherals = false, dispatchers = [GPIOA])]
mod firmware {
    use bench_rtic::Mono;
    use fugit::ExtU64;
    use panic_halt as _;
    use rtic_sync::arbiter::Arbiter;
    use rtic_sync::channel::{Receiver, Sender};
    use rtic_sync::make_channel;
    use rtic_time::Timebase;

    bench_rtic::tickless! {}
    bench_rtic::vectors! { 1; GPIOA }

    type Turns = Sender<'static, u32, 4>;
    type Taken = Arbiter<Receiver<'static, u32, 4>>;

    static TOTAL: Arbiter<u32> = Arbiter::new(0);

    #[shared]
    struct Shared {}

    #[local]
    struct Local {}

    #[init(local = [taken: Option<Taken> = None])]
    fn init(context: init::Context) -> (Shared, Local) {
        Mono::start();
        let (turns, taken) = make_channel!(u32, 4);
        let taken: &'static Taken = context.local.taken.insert(Arbiter::new(taken));
        let _ = worker_1::spawn(turns.clone(), taken);
        let _ = worker_2::spawn(turns.clone(), taken);
        let _ = worker_3::spawn(turns.clone(), taken);
        let _ = worker_4::spawn(turns.clone(), taken);
        let _ = worker_5::spawn(turns.clone(), taken);
        let _ = worker_6::spawn(turns.clone(), taken);
        let _ = worker_7::spawn(turns.clone(), taken);
        let _ = worker_8::spawn(turns, taken);
        (Shared {}, Local {})
    }

    #[idle]
    fn idle(_: idle::Context) -> ! {
        bench_rtic::sleep()
    }

    /// Puts a number into the channel every so often, takes one out, and adds it to the total.
    async fn worker(number: u32, mut turns: Turns, taken: &'static Taken) {
        loop {
            Mono::delay((100 * u64::from(number)).millis()).await;
            let _ = turns.send(number).await;
            let taken = taken.access().await.recv().await;
            if let Ok(taken) = taken {
                *TOTAL.access().await += taken;
            }
        }
    }

    #[task(priority = 1)]
    async fn worker_1(_: worker_1::Context, turns: Turns, taken: &'static Taken) {
        worker(1, turns, taken).await;
    }

    #[task(priority = 1)]
    async fn worker_2(_: worker_2::Context, turns: Turns, taken: &'static Taken) {
        worker(2, turns, taken).await;
    }

    #[task(priority = 1)]
    async fn worker_3(_: worker_3::Context, turns: Turns, taken: &'static Taken) {
        worker(3, turns, taken).await;
    }

    #[task(priority = 1)]
    async fn worker_4(_: worker_4::Context, turns: Turns, taken: &'static Taken) {
        worker(4, turns, taken).await;
    }

    #[task(priority = 1)]
    async fn worker_5(_: worker_5::Context, turns: Turns, taken: &'static Taken) {
        worker(5, turns, taken).await;
    }

    #[task(priority = 1)]
    async fn worker_6(_: worker_6::Context, turns: Turns, taken: &'static Taken) {
        worker(6, turns, taken).await;
    }

    #[task(priority = 1)]
    async fn worker_7(_: worker_7::Context, turns: Turns, taken: &'static Taken) {
        worker(7, turns, taken).await;
    }

    #[task(priority = 1)]
    async fn worker_8(_: worker_8::Context, turns: Turns, taken: &'static Taken) {
        worker(8, turns, taken).await;
    }
}
