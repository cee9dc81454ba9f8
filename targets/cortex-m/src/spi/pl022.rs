//! Arm PL022, which Texas Instruments calls SSI: eight bytes of FIFO each way.

use crate::registers::{read, write};
use core::marker::PhantomData;
use zokio_board::spi::Port;

/// Where a PL022 is and how it is wired.
///
/// # Safety
/// *Device register:* a PL022 is at `BASE`, and nothing else in the program uses it.
pub unsafe trait Pl022Place: 'static {
    /// The address of its registers.
    const BASE: usize;
    /// Its interrupt's number.
    const INTERRUPT: u16;
    /// The rate of its clock in Hz.
    const CLOCK_HZ: u32;
    /// Gives it clock and pins.
    fn power_on();
}

/// A PL022 as controller of the bus at `HZ` bits a second or a little less, mode 0, 8 bits.
pub struct Pl022<T, const HZ: u32>(PhantomData<T>);

const CONTROL_0: usize = 0x00;
const CONTROL_1: usize = 0x04;
const DATA: usize = 0x08;
const STATUS: usize = 0x0c;
const PRESCALE: usize = 0x10;
const INTERRUPT_MASK: usize = 0x14;

const EIGHT_BITS: u32 = 7;
const ENABLE: u32 = 1 << 1;
const RX_NOT_EMPTY: u32 = 1 << 2;
/// At half the FIFO, or when something has been in it for 32 bits' time.
const RX_INTERRUPTS: u32 = 1 << 2 | 1 << 1;

impl<T: Pl022Place, const HZ: u32> Pl022<T, HZ> {
    /// The number of its interrupt, for `interrupts!`.
    pub const INTERRUPT: u16 = T::INTERRUPT;

    /// What the clock is divided by: the first by an even number up to 254, the second by up to 256.
    const DIVISORS: (u32, u32) = {
        let total = T::CLOCK_HZ.div_ceil(HZ);
        let first = (total.div_ceil(256) + 1) & !1;
        let first = if first < 2 { 2 } else { first };
        let second = total.div_ceil(first);
        assert!(first <= 254 && second >= 1, "the controller's clock does not allow this rate");
        (first, second)
    };
}

impl<T: Pl022Place, const HZ: u32> Port for Pl022<T, HZ> {
    const DEPTH: usize = 8;

    fn start() {
        T::power_on();
        let (first, second) = Self::DIVISORS;
        // SAFETY: *Device register:* by `Pl022Place`; starting it is what it is for.
        unsafe {
            write(T::BASE, CONTROL_1, 0);
            write(T::BASE, PRESCALE, first);
            write(T::BASE, CONTROL_0, (second - 1) << 8 | EIGHT_BITS);
            write(T::BASE, INTERRUPT_MASK, 0);
            write(T::BASE, CONTROL_1, ENABLE);
        }
        crate::enable_interrupt(T::INTERRUPT);
    }

    fn put(byte: u8) {
        // SAFETY: *Device register:* by `Pl022Place`.
        unsafe { write(T::BASE, DATA, byte as u32) }
    }

    fn take() -> Option<u8> {
        // SAFETY: *Device register:* by `Pl022Place`; takes the byte out, as asked.
        unsafe { (read(T::BASE, STATUS) & RX_NOT_EMPTY != 0).then(|| read(T::BASE, DATA) as u8) }
    }

    fn listen(yes: bool) {
        // SAFETY: *Device register:* by `Pl022Place`.
        unsafe { write(T::BASE, INTERRUPT_MASK, if yes { RX_INTERRUPTS } else { 0 }) }
    }
}
