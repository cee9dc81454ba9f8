//! A button on the LM3S6965 evaluation board.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use core::time::Duration;
    use firmware::button::{Pin, WiredPin, press};
    use zokio_board::host::{exit, println};
    use zokio_core::future::join;
    use zokio_cortex_m::boards::lm3s6965evb::executor;

    zokio_cortex_m::interrupts! {}

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let mut executor = executor();
        let clock = executor.clock();
        let wire = WiredPin::new();
        let ends = executor.block_on(join((
            async {
                for held in [50, 300] {
                    wire.bounce(clock, Duration::from_millis(held)).await;
                }
            },
            async {
                for _ in 0..2 {
                    let Ok(held) = press(&mut Pin(&wire), clock).await;
                    println!("pressed for {} ms", held.as_millis() / 50 * 50);
                }
            },
        )));
        exit(ends.is_ok())
    }
}
