//! The UART of Nordic's nRF51: six bytes of FIFO for what is received, none for what is sent.

use super::{read, write};
use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, Ordering};
use zokio_board::uart::{Port, Status};

/// The pins of the UART.
pub trait Nrf51Pins: 'static {
    /// The number of the pin to receive on.
    const RX: u32;
    /// The number of the pin to send on.
    const TX: u32;
}

/// The nRF51's only UART at `BAUD` bits a second, 8 data bits, no parity, 1 stop bit.
pub struct Nrf51<T, const BAUD: u32>(PhantomData<T>);

const BASE: usize = 0x4000_2000;
const GPIO: usize = 0x5000_0000;
const INTERRUPT: u16 = 2;

const START_RX: usize = 0x000;
const START_TX: usize = 0x008;
const RX_READY: usize = 0x108;
const TX_READY: usize = 0x11c;
const ENABLE_INTERRUPTS: usize = 0x304;
const DISABLE_INTERRUPTS: usize = 0x308;
const ERROR_SOURCE: usize = 0x480;
const ENABLE: usize = 0x500;
const TX_PIN: usize = 0x50c;
const RX_PIN: usize = 0x514;
const RX_DATA: usize = 0x518;
const TX_DATA: usize = 0x51c;
const RATE: usize = 0x524;

const RX_INTERRUPT: u32 = 1 << 2;
const TX_INTERRUPT: u32 = 1 << 7;

/// Whether a byte was ever sent: from then on the hardware says when there is room for the next.
static SENT: AtomicBool = AtomicBool::new(false);

impl<T: Nrf51Pins, const BAUD: u32> Nrf51<T, BAUD> {
    /// The number of its interrupt, for `interrupts!`.
    pub const INTERRUPT: u16 = INTERRUPT;

    /// Bits per clock of 16 MHz, times 2^32; the hardware looks at the upper 20 bits.
    const STEP: u32 = {
        assert!(BAUD >= 1_200 && BAUD <= 1_000_000, "the UART does not reach this rate");
        ((((BAUD as u64) << 32) / 16_000_000 + 0x800) & 0xffff_f000) as u32
    };
}

impl<T: Nrf51Pins, const BAUD: u32> Port for Nrf51<T, BAUD> {
    fn start() {
        // SAFETY: *Device register:* every nRF51 has one UART there, and this type is its only user; the pins are the
        // board's word.
        unsafe {
            write(GPIO, 0x508, 1 << T::TX); // high, then an output
            write(GPIO, 0x518, 1 << T::TX);
            write(BASE, TX_PIN, T::TX);
            write(BASE, RX_PIN, T::RX);
            write(BASE, RATE, Self::STEP);
            write(BASE, ENABLE, 4);
            write(BASE, START_TX, 1);
            write(BASE, START_RX, 1);
        }
        crate::enable_interrupt(INTERRUPT);
    }

    fn status() -> Status {
        // SAFETY: *Device register:* as above; the write clears the errors that were read.
        let (received, sent, errors) = unsafe {
            let errors = read(BASE, ERROR_SOURCE);
            if errors != 0 {
                write(BASE, ERROR_SOURCE, errors);
            }
            (read(BASE, RX_READY) != 0, read(BASE, TX_READY) != 0, errors)
        };
        Status::RECEIVED
            .when(received)
            .or(Status::CAN_SEND.when(sent || !SENT.load(Ordering::Relaxed)))
            .or(Status::OVERRUN.when(errors & 1 != 0))
            .or(Status::PARITY.when(errors & 2 != 0))
            .or(Status::FRAMING.when(errors & 4 != 0))
            .or(Status::BREAK.when(errors & 8 != 0))
    }

    fn receive() -> (u8, Status) {
        // SAFETY: *Device register:* as above; the event is cleared before the byte is taken, since taking it raises the
        // event again if there is another.
        unsafe {
            write(BASE, RX_READY, 0);
            (read(BASE, RX_DATA) as u8, Status::NONE)
        }
    }

    fn send(byte: u8) {
        SENT.store(true, Ordering::Relaxed);
        // SAFETY: *Device register:* as above.
        unsafe {
            write(BASE, TX_READY, 0);
            write(BASE, TX_DATA, byte as u32);
        }
    }

    fn listen(received: bool, can_send: bool) {
        let on = if received { RX_INTERRUPT } else { 0 } | if can_send { TX_INTERRUPT } else { 0 };
        // SAFETY: *Device register:* as above.
        unsafe {
            write(BASE, DISABLE_INTERRUPTS, (RX_INTERRUPT | TX_INTERRUPT) & !on);
            write(BASE, ENABLE_INTERRUPTS, on);
        }
    }
}
