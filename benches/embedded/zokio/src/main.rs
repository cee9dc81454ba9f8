//! What Zokio's operations cost on a board, in instructions. The peers' programs beside this one do the same work.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(target_os = "none")]
use panic_halt as _;

#[cfg(target_os = "none")]
mod work;

#[cfg(target_os = "none")]
mod firmware {
    use crate::work::{ALARM, echo_channel, echo_signal, work};
    use bench_marks::{clear_alarm, from};
    #[cfg(target_arch = "arm")]
    use zokio_cortex_m::{entry, interrupts};
    #[cfg(target_arch = "riscv32")]
    use zokio_riscv::{boards::virt::PLIC, entry, interrupts};

    #[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
    pub use zokio_cortex_m::boards::lm3s6965evb as board;
    #[cfg(all(target_arch = "arm", not(target_has_atomic = "ptr")))]
    pub use zokio_cortex_m::boards::microbit as board;
    #[cfg(target_arch = "riscv32")]
    pub use zokio_riscv::boards::virt as board;

    zokio_core::runtime! {
        /// For many timers.
        pub mod runtime {
            machine: crate::firmware::board::Board,
            config: Config::new().store(StoreChoice::Heap),
        }
    }

    #[inline(always)]
    fn on_alarm() {
        from!("interrupt");
        ALARM.wake();
        clear_alarm();
    }

    #[cfg(target_arch = "arm")]
    interrupts! { bench_marks::NUMBER => on_alarm() }
    #[cfg(target_arch = "riscv32")]
    interrupts! { PLIC; bench_marks::NUMBER => on_alarm() }

    #[entry]
    fn main() -> ! {
        let Ok(mut executor) = runtime::executor();
        #[cfg(target_arch = "arm")]
        zokio_cortex_m::enable_interrupt(bench_marks::NUMBER);
        #[cfg(target_arch = "riscv32")]
        PLIC.enable(bench_marks::NUMBER);
        let (spawner, clock) = (executor.spawner(), executor.clock());
        spawner.spawn(echo_channel()).unwrap().detach();
        spawner.spawn(echo_signal()).unwrap().detach();
        spawner.spawn(work(spawner, clock)).unwrap().detach();
        match executor.run() {
            Ok(never) | Err(never) => match never {},
        }
    }
}
