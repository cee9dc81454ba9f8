//! The registers of a UART, as the driver sees them.

use core::fmt;

/// One hardware UART. A zero-sized type: the hardware is where its address says.
///
/// All functions but [`start`](Self::start) are called from the interrupt handler or with interrupts masked. Implement
/// it for the UART of your chip; `zokio-cortex-m` and `zokio-riscv` have four.
pub trait Port: 'static {
    /// Sets up line, pins and clock, enables receiver and transmitter, and unmasks the UART's interrupts at the
    /// interrupt controller. Called once.
    fn start();

    /// What there is to do, and what went wrong. May clear the errors that it tells.
    fn status() -> Status;

    /// Takes the next received byte, after [`status`](Self::status) said that there is one; with it the errors that the
    /// hardware keeps beside each byte.
    fn receive() -> (u8, Status);

    /// Sends `byte`, after [`status`](Self::status) said that there is room.
    fn send(byte: u8);

    /// Enables exactly these interrupts: for received bytes, for room to send.
    fn listen(received: bool, can_send: bool);

    /// Clears what the hardware keeps latched of the interrupt that is being handled.
    fn acknowledge() {}
}

/// What [`Port::status`] tells: a set of the flags below.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Status(u8);

impl Status {
    /// Nothing to do.
    pub const NONE: Self = Self(0);
    /// A byte was received.
    pub const RECEIVED: Self = Self(1 << 0);
    /// There is room to send a byte.
    pub const CAN_SEND: Self = Self(1 << 1);
    /// Bytes were lost because the hardware had no room.
    pub const OVERRUN: Self = Self(1 << 2);
    /// The next byte has no stop bit: noise, or the wrong rate.
    pub const FRAMING: Self = Self(1 << 3);
    /// The next byte has the wrong parity.
    pub const PARITY: Self = Self(1 << 4);
    /// The line was held low.
    pub const BREAK: Self = Self(1 << 5);
    /// Not the hardware's: the UART was opened.
    pub(super) const OPENED: Self = Self(1 << 7);

    pub(super) const GARBLED: Self = Self::FRAMING.or(Self::PARITY).or(Self::BREAK);
    pub(super) const ERRORS: Self = Self::OVERRUN.or(Self::GARBLED);

    /// The flags of both.
    #[inline]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// `self` if `condition`, else nothing.
    #[inline]
    pub const fn when(self, condition: bool) -> Self {
        if condition { self } else { Self::NONE }
    }

    /// Whether any flag of `other` is set.
    #[inline]
    pub const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn first_error(self) -> Option<LineError> {
        if self.any(Self::OVERRUN) {
            Some(LineError::Overrun)
        } else if self.any(Self::FRAMING) {
            Some(LineError::Framing)
        } else if self.any(Self::PARITY) {
            Some(LineError::Parity)
        } else if self.any(Self::BREAK) {
            Some(LineError::Break)
        } else {
            None
        }
    }
}

/// What can go wrong on a serial line. The UART goes on; bytes are missing from the stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum LineError {
    /// Bytes were lost because nobody read them in time: the ring was full, and then the hardware.
    Overrun,
    /// A byte had no stop bit: noise, or the two ends disagree about the rate.
    Framing,
    /// A byte had the wrong parity.
    Parity,
    /// The line was held low for longer than a byte.
    Break,
}

impl From<LineError> for Status {
    fn from(error: LineError) -> Self {
        match error {
            LineError::Overrun => Self::OVERRUN,
            LineError::Framing => Self::FRAMING,
            LineError::Parity => Self::PARITY,
            LineError::Break => Self::BREAK,
        }
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overrun => "received bytes were lost because nobody read them in time",
            Self::Framing => "a received byte had no stop bit",
            Self::Parity => "a received byte had the wrong parity",
            Self::Break => "the line was held low",
        })
    }
}

impl core::error::Error for LineError {}

impl embedded_io_async::Error for LineError {
    fn kind(&self) -> embedded_io_async::ErrorKind {
        embedded_io_async::ErrorKind::Other
    }
}
