//! The heartbeat on a board.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(target_os = "none")]
mod firmware {
    use heartbeat::heartbeat;
    use zokio_board::host::{exit, println};
    use zokio_cortex_m::boards::lm3s6965evb::{Clock, executor};

    zokio_board::report_panics!();
    zokio_cortex_m::interrupts! {}

    // Exactly two static slots of exactly the right size: no heap, and a third spawn gets its task back.
    #[zokio_core::task(pool = 2)]
    async fn pulse(clock: Clock, name: &'static str) {
        heartbeat(clock, |beat| println!("{name} {beat}")).await
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let mut executor = executor();
        let (spawner, clock) = (executor.spawner(), executor.clock());
        let left = spawner.spawn(pulse(clock, "left")).unwrap();
        spawner.spawn(pulse(clock, "right")).unwrap().detach();
        exit(executor.block_on(left.into_future()).is_ok())
    }
}
