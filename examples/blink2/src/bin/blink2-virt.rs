//! Two lights on QEMU's RISC-V virt machine, which has none: what would be their register is a word of memory.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_os = "none", not(feature = "trace")))]
use panic_halt as _;
#[cfg(all(target_os = "none", feature = "trace"))]
zokio_board::report_panics!();

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
mod firmware {
    use core::sync::atomic::{AtomicU8, Ordering::Relaxed};
    use core::time::Duration;
    use zokio_core::time::Clock as _;
    use zokio_riscv::boards::virt::{Clock, executor};

    /// A bit a light.
    static LIGHTS: AtomicU8 = AtomicU8::new(0);

    /// Toggles a light for ever.
    #[zokio_core::task(pool = 2)]
    async fn blink(clock: Clock, light: u8, millis: u32) {
        loop {
            clock.sleep(Duration::from_millis(millis.into())).await;
            LIGHTS.store(LIGHTS.load(Relaxed) ^ 1 << light, Relaxed);
            #[cfg(feature = "trace")]
            blink2::trace(light);
        }
    }

    #[zokio_riscv::entry]
    fn main() -> ! {
        let mut executor = executor();
        let (spawner, clock) = (executor.spawner(), executor.clock());
        for (light, millis) in [(0, 300), (1, 500)] {
            spawner.spawn(blink(clock, light, millis)).unwrap().detach();
        }
        match executor.run() {
            Ok(never) | Err(never) => match never {},
        }
    }
}
