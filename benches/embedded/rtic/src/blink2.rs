//! Two tasks blink two lights: `examples/blink2` on RTIC, where a task runs once at a time, so two lights are two tasks.

/// The program, over a clock: its type, what starts it, and the trait and the type of its milliseconds.
#[macro_export]
macro_rules! blink2 {
    ($mono:ty, $start:expr, $milliseconds:ident, $millis:ty) => {
        #[rtic::app(device = bench_rtic, peripherals = false, dispatchers = [GPIOA])]
        mod firmware {
            use super::*;
            use bench_marks::port_f;
            use fugit::$milliseconds;
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
                $start;
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
            async fn blink(pin: u8, millis: $millis) {
                loop {
                    <$mono>::delay(millis.millis()).await;
                    port_f::toggle(pin);
                }
            }
        }
    };
}
