//! National Semiconductor's 16550 with its FIFOs of sixteen bytes.

use core::marker::PhantomData;
use zokio_board::uart::{Port, Status};

/// Where a 16550 is.
///
/// # Safety
/// *Device register:* a 16550 with registers of one byte, next to each other, is at `BASE`, and nothing else in the
/// program uses it.
pub unsafe trait Ns16550Place: 'static {
    /// The address of its registers.
    const BASE: usize;
    /// Its interrupt's number.
    const INTERRUPT: u32;
    /// The rate of its clock in Hz.
    const CLOCK_HZ: u32;
    /// Enables its interrupt at the controller.
    fn enable_interrupt();
}

/// A 16550 at `BAUD` bits a second, 8 data bits, no parity, 1 stop bit.
pub struct Ns16550<T, const BAUD: u32>(PhantomData<T>);

const DATA: usize = 0;
const INTERRUPTS: usize = 1;
const FIFOS: usize = 2;
const LINE: usize = 3;
const STATUS: usize = 5;

const RX_INTERRUPT: u8 = 1 << 0;
const TX_INTERRUPT: u8 = 1 << 1;
/// The line register's bit that puts the divisor in place of the first two registers.
const DIVISOR: u8 = 1 << 7;

impl<T: Ns16550Place, const BAUD: u32> Ns16550<T, BAUD> {
    /// The number of its interrupt, for `interrupts!`.
    pub const INTERRUPT: u32 = T::INTERRUPT;

    /// Clocks per bit, divided by 16.
    const CLOCKS: u16 = {
        let clocks = (T::CLOCK_HZ + BAUD * 8) / (BAUD * 16);
        assert!(clocks >= 1 && clocks <= u16::MAX as u32, "the UART's clock does not allow this rate");
        clocks as u16
    };

    fn read(register: usize) -> u8 {
        // SAFETY: *Device register:* by `Ns16550Place`; what reading does is what the callers want.
        unsafe { ((T::BASE + register) as *const u8).read_volatile() }
    }

    fn write(register: usize, value: u8) {
        // SAFETY: *Device register:* by `Ns16550Place`; the device reaches no memory.
        unsafe { ((T::BASE + register) as *mut u8).write_volatile(value) }
    }
}

impl<T: Ns16550Place, const BAUD: u32> Port for Ns16550<T, BAUD> {
    fn start() {
        let [low, high] = Self::CLOCKS.to_le_bytes();
        Self::write(LINE, DIVISOR);
        Self::write(DATA, low);
        Self::write(INTERRUPTS, high);
        Self::write(LINE, 0b11); // 8 bits
        Self::write(FIFOS, 0b111); // on and empty, interrupt at the first byte
        T::enable_interrupt();
    }

    fn status() -> Status {
        let status = Self::read(STATUS);
        Status::RECEIVED
            .when(status & 1 != 0)
            .or(Status::OVERRUN.when(status & 1 << 1 != 0))
            .or(Status::PARITY.when(status & 1 << 2 != 0))
            .or(Status::FRAMING.when(status & 1 << 3 != 0))
            .or(Status::BREAK.when(status & 1 << 4 != 0))
            .or(Status::CAN_SEND.when(status & 1 << 5 != 0))
    }

    fn receive() -> (u8, Status) {
        (Self::read(DATA), Status::NONE)
    }

    fn send(byte: u8) {
        Self::write(DATA, byte);
    }

    fn listen(received: bool, can_send: bool) {
        let interrupts = if received { RX_INTERRUPT } else { 0 } | if can_send { TX_INTERRUPT } else { 0 };
        Self::write(INTERRUPTS, interrupts);
    }
}
