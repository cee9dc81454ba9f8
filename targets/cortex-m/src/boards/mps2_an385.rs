//! Arm MPS2+ with FPGA image AN385: Cortex-M3, 4 MiB of code and of data SRAM, 25 MHz, five UARTs,
//! Ethernet.
//! QEMU: `-machine mps2-an385`, with `-nic user` for the network or `-nic none`.

use crate::DualTimerPlace;
use crate::uart::{Cmsdk, CmsdkPlace};
use zokio_board::Laps;

/// The rate of the processor, in Hz.
pub const CORE_HZ: u32 = 25_000_000;

counter_board!(crate::SysTick);

/// The board's clock and executor over the dual timer: a lap of 171 s. For programs that sleep for longer than the 0.7 s that a lap of
/// SysTick takes, at the end of which the core is woken.
///
/// The program binds the timer's interrupt:
///
/// ```ignore
/// use zokio_cortex_m::boards::mps2_an385::long::{INTERRUPT, Timer};
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
/// UART 1.
pub type Uart1<const BAUD: u32> = Cmsdk<Place1, BAUD>;
/// UART 2.
pub type Uart2<const BAUD: u32> = Cmsdk<Place2, BAUD>;

/// The dual timer, at the processor's rate: for a clock whose laps are longer than SysTick's.
pub type DualTimer<const BITS: u32, const DIVISOR: u32> = crate::DualTimer<DualPlace, BITS, DIVISOR>;

/// Where the dual timer is.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DualPlace;

// SAFETY: *Device register:* by application note AN385.
unsafe impl DualTimerPlace for DualPlace {
    const BASE: usize = 0x4000_2000;
    const INTERRUPT: u16 = 10;
    fn laps() -> &'static Laps {
        static LAPS: Laps = Laps::new();
        &LAPS
    }
}

/// Where UART 0 is.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Place0;
/// Where UART 1 is.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Place1;
/// Where UART 2 is.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Place2;

// SAFETY: *Device register:* by application note AN385.
unsafe impl CmsdkPlace for Place0 {
    const BASE: usize = 0x4000_4000;
    const INTERRUPTS: (u16, u16) = (0, 1);
    const CLOCK_HZ: u32 = CORE_HZ;
}

// SAFETY: *Device register:* by application note AN385.
unsafe impl CmsdkPlace for Place1 {
    const BASE: usize = 0x4000_5000;
    const INTERRUPTS: (u16, u16) = (2, 3);
    const CLOCK_HZ: u32 = CORE_HZ;
}

// SAFETY: *Device register:* by application note AN385.
unsafe impl CmsdkPlace for Place2 {
    const BASE: usize = 0x4000_6000;
    const INTERRUPTS: (u16, u16) = (4, 5);
    const CLOCK_HZ: u32 = CORE_HZ;
}

/// The number of the Ethernet controller's interrupt, for `interrupts!`.
#[cfg(feature = "embassy-net")]
pub const ETHERNET_INTERRUPT: u16 = 13;

/// Starts the Ethernet controller, a LAN9220, with the address `mac`.
///
/// # Panics
/// If it was called before.
#[cfg(feature = "embassy-net")]
pub fn ethernet(controller: &'static crate::ethernet::Lan9118, mac: [u8; 6]) -> crate::ethernet::Lan9118Device {
    // SAFETY: *Device register:* by application note AN385; `open` panics the second time.
    unsafe { controller.open(0x4020_0000, ETHERNET_INTERRUPT, mac) }
}
