//! Two tasks blink two lights: `examples/blink2` on Embassy.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(any(all(target_arch = "arm", target_has_atomic = "ptr", target_os = "none"), target_arch = "riscv32"))]
mod firmware {
    #[cfg(target_arch = "arm")]
    use bench_marks::port_f;
    #[cfg(target_arch = "arm")]
    use cortex_m_rt::entry;
    use embassy_executor::Executor;
    use embassy_time::Timer;
    use panic_halt as _;
    #[cfg(target_arch = "riscv32")]
    use riscv_rt::entry;

    #[cfg(target_arch = "arm")]
    mod vectors {
        unsafe extern "C" {
            fn DefaultHandler();
        }

        // SAFETY: *Vector table:* right behind the exceptions; no interrupt is enabled.
        #[unsafe(link_section = ".vector_table.interrupts")]
        #[unsafe(no_mangle)]
        static __INTERRUPTS: [unsafe extern "C" fn(); 1] = [DefaultHandler];
    }

    /// Toggles a light for ever.
    #[embassy_executor::task(pool_size = 2)]
    async fn blink(light: u8, millis: u32) {
        loop {
            Timer::after_millis(millis.into()).await;
            port_f::toggle(light);
        }
    }

    #[entry]
    fn main() -> ! {
        port_f::set_up();
        bench_embassy_clock::start();
        let mut executor = Executor::new();
        let executor = &raw mut executor;
        // SAFETY: `main` never returns, so what is on its stack lives for ever.
        let executor: &'static mut Executor = unsafe { &mut *executor };
        executor.run(|spawner| {
            for (light, millis) in [(0, 300), (1, 500)] {
                spawner.spawn(blink(light, millis).unwrap());
            }
        })
    }

    /// The machine has no lights: what would be their register is a word of memory.
    #[cfg(target_arch = "riscv32")]
    mod port_f {
        use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

        static LIGHTS: AtomicU8 = AtomicU8::new(0);

        pub fn set_up() {}

        pub fn toggle(light: u8) {
            LIGHTS.store(LIGHTS.load(Relaxed) ^ 1 << light, Relaxed);
        }
    }
}
