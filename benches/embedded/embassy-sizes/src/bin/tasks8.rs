//! Eight tasks of one pool share a channel and a mutex: `examples/tasks8` on Embassy.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(any(all(target_arch = "arm", target_has_atomic = "ptr", target_os = "none"), target_arch = "riscv32"))]
mod firmware {
    #[cfg(target_arch = "arm")]
    use cortex_m_rt::entry;
    use embassy_executor::Executor;
    use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
    use embassy_sync::channel::Channel;
    use embassy_sync::mutex::Mutex;
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

    static TURNS: Channel<CriticalSectionRawMutex, u32, 4> = Channel::new();
    static TOTAL: Mutex<CriticalSectionRawMutex, u32> = Mutex::new(0);

    /// Puts a number into the channel every so often, takes one out, and adds it to the total.
    #[embassy_executor::task(pool_size = 8)]
    async fn worker(number: u32) {
        loop {
            Timer::after_millis((100 * number).into()).await;
            TURNS.send(number).await;
            let taken = TURNS.receive().await;
            *TOTAL.lock().await += taken;
        }
    }

    #[entry]
    fn main() -> ! {
        bench_embassy_clock::start();
        let mut executor = Executor::new();
        let executor = &raw mut executor;
        // SAFETY: `main` never returns, so what is on its stack lives for ever.
        let executor: &'static mut Executor = unsafe { &mut *executor };
        executor.run(|spawner| {
            for number in 1..=8 {
                spawner.spawn(worker(number).unwrap());
            }
        })
    }
}
