//! Two tasks blink two lights: `examples/blink2` on lilos.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(all(target_arch = "arm", target_has_atomic = "ptr")))]
fn main() {}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
mod firmware {
    use bench_marks::port_f;
    use core::convert::Infallible;
    use core::pin::pin;
    use lilos::exec::run_tasks;
    use lilos::time::{Millis, sleep_for};
    use panic_halt as _;

    unsafe extern "C" {
        fn DefaultHandler();
    }

    // SAFETY: *Vector table:* right behind the exceptions; no interrupt is enabled.
    #[unsafe(link_section = ".vector_table.interrupts")]
    #[unsafe(no_mangle)]
    static __INTERRUPTS: [unsafe extern "C" fn(); 1] = [DefaultHandler];

    /// Toggles a pin of port F for ever.
    async fn blink(pin: u8, millis: u64) -> Infallible {
        loop {
            sleep_for(Millis(millis)).await;
            port_f::toggle(pin);
        }
    }

    #[cortex_m_rt::entry]
    fn main() -> ! {
        port_f::set_up();
        // SAFETY: nobody else takes it.
        let mut peripherals = unsafe { cortex_m::Peripherals::steal() };
        lilos::time::initialize_sys_tick(&mut peripherals.SYST, 12_500_000);
        run_tasks(&mut [pin!(blink(0, 300)), pin!(blink(1, 500))], usize::MAX)
    }
}
