//! SiFive's UART with its FIFOs of eight bytes.

use core::marker::PhantomData;
use zokio_board::uart::{Port, Status};

/// Where a SiFive UART is.
///
/// # Safety
/// *Device register:* a SiFive UART is at `BASE`, and nothing else in the program uses it.
pub unsafe trait SiFivePlace: 'static {
    /// The address of its registers.
    const BASE: usize;
    /// Its interrupt's number.
    const INTERRUPT: u32;
    /// The rate of its clock in Hz.
    const CLOCK_HZ: u32;
    /// Enables its interrupt at the controller.
    fn enable_interrupt();
}

/// A SiFive UART at `BAUD` bits a second, 8 data bits, no parity, 1 stop bit. It tells of no errors on the line.
pub struct SiFive<T, const BAUD: u32>(PhantomData<T>);

const SEND: usize = 0x00;
const RECEIVE: usize = 0x04;
const SEND_CONTROL: usize = 0x08;
const RECEIVE_CONTROL: usize = 0x0c;
const INTERRUPTS: usize = 0x10;
const PENDING: usize = 0x14;
const DIVISOR: usize = 0x18;

const ENABLE: u32 = 1;
/// In the send control register: pending while fewer than this many bytes wait.
const WATERMARK_1: u32 = 1 << 16;
const CAN_SEND: u32 = 1 << 0;
const RECEIVED: u32 = 1 << 1;

impl<T: SiFivePlace, const BAUD: u32> SiFive<T, BAUD> {
    /// The number of its interrupt, for `interrupts!`.
    pub const INTERRUPT: u32 = T::INTERRUPT;

    /// Clocks per bit, less one.
    const CLOCKS: u32 = {
        let clocks = T::CLOCK_HZ / BAUD;
        assert!(clocks >= 16 && clocks <= 1 << 16, "the UART's clock does not allow this rate");
        clocks - 1
    };

    fn read(register: usize) -> u32 {
        // SAFETY: *Device register:* by `SiFivePlace`; what reading does is what the callers want.
        unsafe { ((T::BASE + register) as *const u32).read_volatile() }
    }

    fn write(register: usize, value: u32) {
        // SAFETY: *Device register:* by `SiFivePlace`; the device reaches no memory.
        unsafe { ((T::BASE + register) as *mut u32).write_volatile(value) }
    }
}

impl<T: SiFivePlace, const BAUD: u32> Port for SiFive<T, BAUD> {
    fn start() {
        Self::write(DIVISOR, Self::CLOCKS);
        Self::write(SEND_CONTROL, ENABLE | WATERMARK_1);
        Self::write(RECEIVE_CONTROL, ENABLE); // pending with more than no byte
        T::enable_interrupt();
    }

    fn status() -> Status {
        // The data register cannot be looked at without taking a byte; the interrupt's reasons can.
        let pending = Self::read(PENDING);
        Status::RECEIVED.when(pending & RECEIVED != 0).or(Status::CAN_SEND.when(pending & CAN_SEND != 0))
    }

    fn receive() -> (u8, Status) {
        (Self::read(RECEIVE) as u8, Status::NONE)
    }

    fn send(byte: u8) {
        Self::write(SEND, byte.into());
    }

    fn listen(received: bool, can_send: bool) {
        let interrupts = if received { RECEIVED } else { 0 } | if can_send { CAN_SEND } else { 0 };
        Self::write(INTERRUPTS, interrupts);
    }
}
