//! What Embassy's operations cost on a board, in instructions: the same work as in `benches/embedded/zokio`.
//!
//! The executor is Embassy's raw one with an idle loop like that of its RISC-V port, a little cheaper: Embassy's own loop for
//! Cortex-M stands on `wfe`, in which the emulator does not wait.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(target_os = "none")]
use panic_halt as _;

#[cfg(all(target_os = "none", not(all(target_arch = "arm", not(target_has_atomic = "ptr")))))]
mod work;

#[cfg(all(target_os = "none", not(all(target_arch = "arm", not(target_has_atomic = "ptr")))))]
mod firmware {
    use crate::work::{ALARM, echo_channel, echo_signal, work};
    use bench_marks::{clear_alarm, from};
    use core::sync::atomic::{AtomicBool, Ordering};
    #[cfg(target_arch = "arm")]
    use cortex_m_rt::entry;
    use embassy_executor::raw::Executor;
    #[cfg(target_arch = "riscv32")]
    use riscv_rt::entry;

    static WORK: AtomicBool = AtomicBool::new(false);

    // SAFETY: the name and the signature that Embassy asks for.
    #[unsafe(export_name = "__pender")]
    fn pender(_: *mut ()) {
        // One core: program order is enough.
        WORK.store(true, Ordering::Relaxed);
    }

    #[inline(always)]
    fn on_alarm() {
        from!("interrupt");
        ALARM.wake();
        clear_alarm();
    }

    #[cfg(target_arch = "arm")]
    mod vectors {
        unsafe extern "C" {
            fn DefaultHandler();
        }

        extern "C" fn alarm() {
            super::on_alarm();
        }

        // SAFETY: *Vector table:* right behind the exceptions, as long as the highest number in use needs.
        #[unsafe(link_section = ".vector_table.interrupts")]
        #[unsafe(no_mangle)]
        static __INTERRUPTS: [unsafe extern "C" fn(); bench_marks::NUMBER as usize + 1] = {
            let mut table: [unsafe extern "C" fn(); bench_marks::NUMBER as usize + 1] =
                [DefaultHandler; bench_marks::NUMBER as usize + 1];
            table[bench_marks::NUMBER as usize] = alarm;
            table
        };

        pub fn enable() {
            // SAFETY: *Core peripheral:* the handler is bound above.
            unsafe { (0xe000_e100 as *mut u32).write_volatile(1 << bench_marks::NUMBER) }
        }
    }

    #[cfg(target_arch = "riscv32")]
    mod vectors {
        const PLIC: usize = 0x0c00_0000;

        // SAFETY: *Trap table:* the name that riscv-rt calls on an external interrupt, with this signature.
        #[unsafe(no_mangle)]
        extern "C" fn MachineExternal() {
            let claim = (PLIC + 0x20_0004) as *mut u32;
            // SAFETY: *Device register:* by QEMU's memory map; claim, handle, complete.
            unsafe {
                let source = claim.read_volatile();
                super::on_alarm();
                claim.write_volatile(source);
            }
        }

        pub fn enable() {
            // SAFETY: *Device register:* by QEMU's memory map; the handler is bound above.
            unsafe {
                ((PLIC + 4 * bench_marks::NUMBER as usize) as *mut u32).write_volatile(1);
                ((PLIC + 0x2000) as *mut u32).write_volatile(1 << bench_marks::NUMBER);
                ((PLIC + 0x20_0000) as *mut u32).write_volatile(0);
                riscv::register::mie::set_mext();
            }
        }
    }

    fn wait_for_interrupt() {
        #[cfg(target_arch = "arm")]
        cortex_m::asm::wfi();
        #[cfg(target_arch = "riscv32")]
        riscv::asm::wfi();
    }

    #[entry]
    fn main() -> ! {
        bench_embassy_clock::start();
        vectors::enable();
        let executor = Executor::new(core::ptr::null_mut());
        // SAFETY: `main` never returns, so what is on its stack lives for ever.
        let executor: &'static Executor = unsafe { &*core::ptr::from_ref(&executor) };
        let spawner = executor.spawner();
        spawner.spawn(echo_channel().unwrap());
        spawner.spawn(echo_signal().unwrap());
        spawner.spawn(work(spawner).unwrap());
        loop {
            WORK.store(false, Ordering::Relaxed);
            // SAFETY: from one place, and never from within.
            unsafe { executor.poll() };
            critical_section::with(|_| {
                if !WORK.load(Ordering::Relaxed) {
                    wait_for_interrupt();
                }
            });
        }
    }
}
