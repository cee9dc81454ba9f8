//! Bad use: a stack that is too small, seen only when something else breaks.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board_tests::stumble;
    use zokio_cortex_m::boards::lm3s6965evb::executor;

    /// Leaves less for the stack than the task takes; what lies at its end is what the stack overruns.
    static ROOM: [core::sync::atomic::AtomicU8; 60 << 10] = [const { core::sync::atomic::AtomicU8::new(0) }; 60 << 10];

    zokio_cortex_m::interrupts! {}

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        core::hint::black_box(&ROOM);
        let stack = zokio_cortex_m::stack();
        stack.paint(usize::MAX);
        let mut executor = executor();
        match executor.block_on(stumble(stack)) {
            Ok(never) => match never {},
            Err(_) => unreachable!("a root future that goes on"),
        }
    }
}
