//! Arm PL011, and Texas Instruments' version of it in the Stellaris chips.

use super::{read, write};
use core::marker::PhantomData;
use zokio_board::uart::{Port, Status};

/// Where a PL011 is and how it is wired.
///
/// # Safety
/// *Device register:* a PL011 is at `BASE`, and nothing else in the program uses it.
pub unsafe trait Pl011Place: 'static {
    /// The address of its registers.
    const BASE: usize;
    /// Its interrupt's number.
    const INTERRUPT: u16;
    /// The rate of its clock in Hz.
    const CLOCK_HZ: u32;
    /// Gives it clock and pins.
    fn power_on();
}

/// A PL011 at `BAUD` bits a second, 8 data bits, no parity, 1 stop bit, with its FIFOs.
pub struct Pl011<T, const BAUD: u32>(PhantomData<T>);

const DATA: usize = 0x00;
const FLAGS: usize = 0x18;
const RATE_WHOLE: usize = 0x24;
const RATE_FRACTION: usize = 0x28;
const LINE: usize = 0x2c;
const CONTROL: usize = 0x30;
const FIFO_LEVELS: usize = 0x34;
const INTERRUPT_MASK: usize = 0x38;

const RX_EMPTY: u32 = 1 << 4;
const TX_FULL: u32 = 1 << 5;
/// At the FIFO's level, or below it for 32 bits' time.
const RX_INTERRUPTS: u32 = 1 << 4 | 1 << 6;
const TX_INTERRUPT: u32 = 1 << 5;

impl<T: Pl011Place, const BAUD: u32> Pl011<T, BAUD> {
    /// The number of its interrupt, for `interrupts!`.
    pub const INTERRUPT: u16 = T::INTERRUPT;

    /// Clocks per bit, times 4: 16 samples a bit, 6 fractional bits.
    const DIVISOR: u32 = {
        let divisor = (T::CLOCK_HZ * 4 + BAUD / 2) / BAUD;
        assert!(divisor >= 64 && divisor < 0x400_0000, "the UART's clock does not allow this rate");
        divisor
    };
}

impl<T: Pl011Place, const BAUD: u32> Port for Pl011<T, BAUD> {
    fn start() {
        T::power_on();
        // SAFETY: *Device register:* by `Pl011Place`; starting it is what it is for.
        unsafe {
            write(T::BASE, CONTROL, 0);
            write(T::BASE, RATE_WHOLE, Self::DIVISOR >> 6);
            write(T::BASE, RATE_FRACTION, Self::DIVISOR & 0x3f);
            write(T::BASE, LINE, 0x70); // 8 bits, FIFOs; takes the divisor over
            write(T::BASE, FIFO_LEVELS, 0); // receive at 1/8 full, send at 1/8 left
            write(T::BASE, CONTROL, 0x301); // transmitter, receiver, all
        }
        crate::enable_interrupt(T::INTERRUPT);
    }

    fn status() -> Status {
        // SAFETY: *Device register:* by `Pl011Place`; reading the flags changes nothing.
        let flags = unsafe { read(T::BASE, FLAGS) };
        Status::RECEIVED.when(flags & RX_EMPTY == 0).or(Status::CAN_SEND.when(flags & TX_FULL == 0))
    }

    fn receive() -> (u8, Status) {
        // SAFETY: *Device register:* by `Pl011Place`; takes the byte out, as asked.
        let data = unsafe { read(T::BASE, DATA) };
        let errors = Status::FRAMING
            .when(data & 1 << 8 != 0)
            .or(Status::PARITY.when(data & 1 << 9 != 0))
            .or(Status::BREAK.when(data & 1 << 10 != 0))
            .or(Status::OVERRUN.when(data & 1 << 11 != 0));
        (data as u8, errors)
    }

    fn send(byte: u8) {
        // SAFETY: *Device register:* by `Pl011Place`.
        unsafe { write(T::BASE, DATA, byte as u32) }
    }

    fn listen(received: bool, can_send: bool) {
        let mask = if received { RX_INTERRUPTS } else { 0 } | if can_send { TX_INTERRUPT } else { 0 };
        // SAFETY: *Device register:* by `Pl011Place`.
        unsafe { write(T::BASE, INTERRUPT_MASK, mask) }
    }
}
