//! Two tasks blink two lights: `examples/blink2` on RTIC, where a task runs once at a time, so two lights are two tasks.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(all(target_arch = "arm", target_has_atomic = "ptr")))]
fn main() {}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
#[rtic::app(device = bench_rtic, peripherals = false, dispatchers = [GPIOA])]
mod firmware {
    use bench_marks::port_f;
    use bench_rtic::Mono;
    use fugit::ExtU64;
    use panic_halt as _;
    use rtic_time::Timebase;

    bench_rtic::vectors! { 1; GPIOA }

    #[shared]
    struct Shared {}

    #[local]
    struct Local {}

    #[init]
    fn init(_: init::Context) -> (Shared, Local) {
        port_f::set_up();
        Mono::start();
        let _ = (blink_0::spawn(), blink_1::spawn());
        (Shared {}, Local {})
    }

    #[idle]
    fn idle(_: idle::Context) -> ! {
        bench_rtic::sleep()
    }

    #[task(priority = 1)]
    async fn blink_0(_: blink_0::Context) {
        blink(0, 300).await;
    }

    #[task(priority = 1)]
    async fn blink_1(_: blink_1::Context) {
        blink(1, 500).await;
    }

    /// Toggles a pin of port F for ever.
    async fn blink(pin: u8, millis: u64) {
        loop {
            Mono::delay(millis.millis()).await;
            port_f::toggle(pin);
        }
    }
}
