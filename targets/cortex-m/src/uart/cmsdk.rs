//! The APB UART of Arm's Cortex-M System Design Kit: one byte each way, no FIFO.

use super::{read, write};
use core::marker::PhantomData;
use zokio_board::uart::{Port, Status};

/// Where a CMSDK UART is.
///
/// # Safety
/// *Device register:* a CMSDK UART is at `BASE`, and nothing else in the program uses it.
pub unsafe trait CmsdkPlace: 'static {
    /// The address of its registers.
    const BASE: usize;
    /// The numbers of its interrupts: received, sent.
    const INTERRUPTS: (u16, u16);
    /// The rate of its clock in Hz.
    const CLOCK_HZ: u32;
}

/// A CMSDK UART at `BAUD` bits a second, 8 data bits, no parity, 1 stop bit.
pub struct Cmsdk<T, const BAUD: u32>(PhantomData<T>);

const DATA: usize = 0x00;
const STATE: usize = 0x04;
const CONTROL: usize = 0x08;
const INTERRUPT_CLEAR: usize = 0x0c;
const DIVISOR: usize = 0x10;

const TX_FULL: u32 = 1 << 0;
const RX_FULL: u32 = 1 << 1;
const RX_OVERRUN: u32 = 1 << 3;
const ENABLE_BOTH: u32 = 1 << 0 | 1 << 1;
const TX_INTERRUPT: u32 = 1 << 2;
const RX_INTERRUPT: u32 = 1 << 3;

impl<T: CmsdkPlace, const BAUD: u32> Cmsdk<T, BAUD> {
    /// The number of its receive interrupt, for `interrupts!`.
    pub const RX_INTERRUPT: u16 = T::INTERRUPTS.0;
    /// The number of its transmit interrupt, for `interrupts!`.
    pub const TX_INTERRUPT: u16 = T::INTERRUPTS.1;

    /// Clocks per bit.
    const CLOCKS: u32 = {
        let clocks = (T::CLOCK_HZ + BAUD / 2) / BAUD;
        assert!(clocks >= 16 && clocks < 1 << 20, "the UART's clock does not allow this rate");
        clocks
    };
}

impl<T: CmsdkPlace, const BAUD: u32> Port for Cmsdk<T, BAUD> {
    fn start() {
        // SAFETY: *Device register:* by `CmsdkPlace`; starting it is what it is for.
        unsafe {
            write(T::BASE, DIVISOR, Self::CLOCKS);
            write(T::BASE, CONTROL, ENABLE_BOTH);
        }
        crate::enable_interrupt(T::INTERRUPTS.0);
        crate::enable_interrupt(T::INTERRUPTS.1);
    }

    fn status() -> Status {
        // SAFETY: *Device register:* by `CmsdkPlace`; reading the state changes nothing, the write clears the overrun.
        let state = unsafe {
            let state = read(T::BASE, STATE);
            if state & RX_OVERRUN != 0 {
                write(T::BASE, STATE, RX_OVERRUN);
            }
            state
        };
        Status::RECEIVED
            .when(state & RX_FULL != 0)
            .or(Status::CAN_SEND.when(state & TX_FULL == 0))
            .or(Status::OVERRUN.when(state & RX_OVERRUN != 0))
    }

    fn receive() -> (u8, Status) {
        // SAFETY: *Device register:* by `CmsdkPlace`; takes the byte out, as asked.
        (unsafe { read(T::BASE, DATA) } as u8, Status::NONE)
    }

    fn send(byte: u8) {
        // SAFETY: *Device register:* by `CmsdkPlace`.
        unsafe { write(T::BASE, DATA, byte as u32) }
    }

    fn listen(received: bool, can_send: bool) {
        let interrupts = if received { RX_INTERRUPT } else { 0 } | if can_send { TX_INTERRUPT } else { 0 };
        // SAFETY: *Device register:* by `CmsdkPlace`.
        unsafe { write(T::BASE, CONTROL, ENABLE_BOTH | interrupts) }
    }

    fn acknowledge() {
        // SAFETY: *Device register:* by `CmsdkPlace`; what is cleared is looked at in the state next.
        unsafe { write(T::BASE, INTERRUPT_CLEAR, 0b11) }
    }
}
