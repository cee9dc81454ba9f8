//! Arm MPS3 with FPGA image AN524: an SSE-200 subsystem with two Cortex-M33, 512 KiB of code and 128 KiB of data SRAM, 32 MHz.
//! QEMU: `-machine mps3-an524 -nic user`.
//!
//! [`executor`] is for programs that leave the second core where it is after reset, held. With feature `sse200` instead of
//! `single-core`, `first` and `second` have a clock and an executor for each core (see `examples/two-harts`).

use crate::DualTimerPlace;
use crate::uart::{Cmsdk, CmsdkPlace};
use zokio_board::Laps;

/// The rate of the processors, in Hz.
pub const CORE_HZ: u32 = 32_000_000;

counter_board!(crate::SysTick);

/// The board's clock and executor over the dual timer: a lap of 134 s. For programs that sleep for longer than the 0.5 s that a lap of
/// SysTick takes, at the end of which the core is woken.
///
/// The program binds the timer's interrupt:
///
/// ```ignore
/// use zokio_cortex_m::boards::mps3_an524::long::{INTERRUPT, Timer};
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

/// UART 0.
pub type Uart0<const BAUD: u32> = Cmsdk<Place0, BAUD>;

/// Where UART 0 is.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Place0;

// SAFETY: *Device register:* by application note AN524, in Secure state.
unsafe impl CmsdkPlace for Place0 {
    const BASE: usize = 0x5130_3000;
    const INTERRUPTS: (u16, u16) = (32, 33);
    const CLOCK_HZ: u32 = CORE_HZ;
}

/// The dual timer, at the processors' rate.
pub type DualTimer<const BITS: u32, const DIVISOR: u32> = crate::DualTimer<DualPlace, BITS, DIVISOR>;

/// Where the dual timer is.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DualPlace;

// SAFETY: *Device register:* by the SSE-200's reference manual, in Secure state.
unsafe impl DualTimerPlace for DualPlace {
    const BASE: usize = 0x5000_2000;
    const INTERRUPT: u16 = 5;
    fn laps() -> &'static Laps {
        static LAPS: Laps = Laps::new();
        &LAPS
    }
}

/// The first core's clock and executor, over timers that leave the core asleep for as long as nobody waits.
///
/// The program binds the interrupt at the end of a lap, which is 134 s long:
///
/// ```ignore
/// use zokio_cortex_m::boards::mps3_an524::first::{INTERRUPT, Timer};
///
/// zokio_cortex_m::interrupts! {
///     INTERRUPT => Timer::on_interrupt(),
/// }
/// ```
#[cfg(feature = "sse200")]
pub mod first {
    use super::CORE_HZ;
    use crate::CoreTimer;
    use crate::sse200::{CoreIdle, CoreUnparker};

    /// The number of the interrupt at the end of a lap, for `interrupts!`.
    pub const INTERRUPT: u16 = CoreTimer::<0>::INTERRUPT;

    counter_board!(CoreTimer<0>, CoreIdle<0, CORE_HZ>, CoreUnparker<0>);
}

/// The second core's clock and executor, for what [`sse200::start`](crate::sse200::start) starts. The time is the same as on the
/// [`first`] core, which starts it; a task uses the clock of its own core.
#[cfg(feature = "sse200")]
pub mod second {
    use super::CORE_HZ;
    use crate::CoreTimer;
    use crate::sse200::{CoreIdle, CoreUnparker};

    counter_board!(CoreTimer<1>, CoreIdle<1, CORE_HZ>, CoreUnparker<1>);
}
