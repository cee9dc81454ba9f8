//! A task comes to an instruction that is none, and the message says which.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use core::time::Duration;
    use zokio_board::host::RUNNING;
    use zokio_core::time::Clock as _;
    use zokio_cortex_m::boards::lm3s6965evb::{Clock, executor};

    zokio_cortex_m::interrupts! {}

    #[zokio_core::task]
    async fn innocent(clock: Clock) {
        loop {
            clock.sleep(Duration::from_millis(10)).await;
        }
    }

    #[zokio_core::task]
    async fn culprit(clock: Clock) {
        clock.sleep(Duration::from_millis(35)).await;
        // SAFETY: none: this instruction does not exist, which is the point.
        unsafe { core::arch::asm!("udf #0") };
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let mut executor = executor().with_observer(RUNNING.teller());
        let (spawner, clock) = (executor.spawner(), executor.clock());
        spawner.spawn(innocent(clock)).unwrap().detach();
        spawner.spawn(culprit(clock)).unwrap().detach();
        match executor.run() {
            Ok(never) | Err(never) => match never {},
        }
    }
}
