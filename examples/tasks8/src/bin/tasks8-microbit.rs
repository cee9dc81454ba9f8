//! Eight tasks, a channel and a mutex on the micro:bit in QEMU.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_os = "none", not(feature = "trace")))]
use panic_halt as _;
#[cfg(all(target_os = "none", feature = "trace"))]
zokio_board::report_panics!();

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use core::time::Duration;
    use zokio_core::sync::{Channel, Mutex};
    use zokio_core::time::Clock as _;
    use zokio_cortex_m::boards::microbit::{Clock, executor};

    zokio_cortex_m::interrupts! {}

    static TURNS: Channel<u32, 4> = Channel::new();
    static TOTAL: Mutex<u32> = Mutex::new(0);

    /// Puts a number into the channel every so often, takes one out, and adds it to the total.
    #[zokio_core::task(pool = 8)]
    async fn worker(clock: Clock, number: u32) {
        loop {
            clock.sleep(Duration::from_millis((100 * number).into())).await;
            let _ = TURNS.send(number).await;
            if let Ok(taken) = TURNS.recv().await {
                let mut total = TOTAL.lock().await;
                *total += taken;
                #[cfg(feature = "trace")]
                tasks8::trace(*total);
            }
        }
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let mut executor = executor();
        let (spawner, clock) = (executor.spawner(), executor.clock());
        for number in 1..=8 {
            spawner.spawn(worker(clock, number)).unwrap().detach();
        }
        match executor.run() {
            Ok(never) | Err(never) => match never {},
        }
    }
}
