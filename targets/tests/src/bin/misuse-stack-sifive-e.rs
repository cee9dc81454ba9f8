//! Bad use: a stack that is too small for what a task does.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
mod firmware {
    use zokio_board_tests::use_it_up;
    use zokio_riscv::boards::sifive_e::executor;

    /// Leaves less for the stack than the task takes; what lies at its end is what the stack overruns.
    static ROOM: [core::sync::atomic::AtomicU8; 12 << 10] = [const { core::sync::atomic::AtomicU8::new(0) }; 12 << 10];

    zokio_riscv::interrupts! {}

    #[zokio_riscv::entry]
    fn main() -> ! {
        core::hint::black_box(&ROOM);
        let stack = zokio_riscv::stack();
        stack.paint(usize::MAX);
        let mut executor = executor();
        match executor.block_on(use_it_up(stack)) {
            Ok(never) => match never {},
            Err(_) => unreachable!("a root future that goes on"),
        }
    }
}
