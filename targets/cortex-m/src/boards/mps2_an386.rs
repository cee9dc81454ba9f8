//! Arm MPS2+ with FPGA image AN386: Cortex-M4 with FPU, otherwise as [AN385](super::mps2_an385).
//! QEMU: `-machine mps2-an386`, with `-nic` as there.

pub use super::mps2_an385::{DualPlace, DualTimer, Place0, Place1, Place2, Uart0, Uart1, Uart2};
#[cfg(feature = "embassy-net")]
pub use super::mps2_an385::{ETHERNET_INTERRUPT, ethernet};

/// The rate of the processor, in Hz.
pub const CORE_HZ: u32 = 25_000_000;

counter_board!(crate::SysTick);

/// The board's clock and executor over the dual timer: a lap of 171 s. For programs that sleep for longer than the 0.7 s that a lap of
/// SysTick takes, at the end of which the core is woken.
///
/// The program binds the timer's interrupt:
///
/// ```ignore
/// use zokio_cortex_m::boards::mps2_an386::long::{INTERRUPT, Timer};
///
/// zokio_cortex_m::interrupts! {
///     INTERRUPT => Timer::on_interrupt(),
/// }
/// ```
pub mod long {
    use super::CORE_HZ;

    /// The number of the timer's interrupt, for `interrupts!`.
    pub const INTERRUPT: u16 = super::DualTimer::<32, 1>::INTERRUPT;

    counter_board!(super::DualTimer<32, 1>);
}
