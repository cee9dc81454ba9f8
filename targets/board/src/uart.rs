//! An interrupt-driven UART: two rings of bytes between a task and an interrupt handler.

mod port;

pub use port::{LineError, Port, Status};

use core::cell::Cell;
use core::marker::PhantomData;
use critical_section::{CriticalSection, Mutex};
use embedded_io_async::{ErrorType, Read, Write};
use zokio_core::sync::Pipe;

/// A UART with room for `RX` received bytes and `TX` bytes to be sent, over the registers `P`.
///
/// Declare it as a static, call [`on_interrupt`](Self::on_interrupt) from the UART's interrupts, [`open`](Self::open) it
/// once and give the result to a task. Static RAM: `RX + TX` and 52 bytes. The open UART does not name `P`, so that one
/// task function serves UARTs of different kinds with one copy of its code.
///
/// **Nothing is lost for want of room here:** when the receive ring is full the bytes stay in the hardware's FIFO and the
/// receive interrupt is masked until a read makes room; with hardware flow control, or where the other end is QEMU's
/// socket, the sender waits. Without flow control the FIFO may overrun in the end, which the next read reports.
pub struct Uart<P, const RX: usize, const TX: usize> {
    rings: Rings<RX, TX>,
    port: PhantomData<fn() -> P>,
}

impl<P: Port, const RX: usize, const TX: usize> Uart<P, RX, TX> {
    /// A UART that is not started yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        let rings = Rings { rx: Pipe::new(), tx: Pipe::new(), flags: Mutex::new(Cell::new(Status::NONE)) };
        Self { rings, port: PhantomData }
    }

    /// Starts the hardware and hands out the only access to it; `None` if that was done before.
    pub fn open(&'static self) -> Option<UartIo<RX, TX>> {
        critical_section::with(|cs| {
            let flags = self.rings.flags.borrow(cs);
            if flags.get().any(Status::OPENED) {
                return None;
            }
            flags.set(Status::OPENED);
            P::start();
            self.rings.serve::<P>(cs);
            let (rings, serve) = (&self.rings, Rings::serve::<P> as _);
            Some(UartIo { reader: UartReader { rings, serve }, writer: UartWriter { rings, serve } })
        })
    }

    /// What the UART's interrupt handlers call: moves bytes between the hardware and the rings until one of them has
    /// nothing to give or no room to take.
    ///
    /// Masks interrupts for as long as that takes: at most the hardware's FIFOs at memory speed plus what arrives
    /// meanwhile.
    pub fn on_interrupt(&self) {
        P::acknowledge();
        critical_section::with(|cs| self.rings.serve::<P>(cs));
    }
}

/// What the task and the interrupt handler share.
struct Rings<const RX: usize, const TX: usize> {
    rx: Pipe<RX>,
    tx: Pipe<TX>,
    /// What went wrong on the line and was not reported yet, and whether the UART was opened.
    flags: Mutex<Cell<Status>>,
}

impl<const RX: usize, const TX: usize> Rings<RX, TX> {
    /// Moves what can be moved, and leaves exactly those interrupts enabled that can move the rest.
    ///
    /// An interrupt is enabled before the status is looked at for the last time: some hardware raises it for what
    /// happens while it is enabled only, and what happened before is in the status.
    fn serve<P: Port>(&self, cs: CriticalSection<'_>) {
        // Sending needs its interrupt only once the hardware takes no more.
        let mut sender_waits = false;
        loop {
            let (room, more) = (self.rx.free() > 0, !self.tx.is_empty());
            P::listen(room, more && sender_waits);
            let status = P::status();
            self.note(cs, status);
            if room && status.any(Status::RECEIVED) {
                let (byte, line) = P::receive();
                self.note(cs, line);
                if !status.or(line).any(Status::GARBLED) {
                    self.rx.try_write(&[byte]);
                }
            } else if more && status.any(Status::CAN_SEND) {
                if let Some(byte) = self.tx.try_read_byte() {
                    P::send(byte);
                }
            } else if more && !sender_waits {
                sender_waits = true;
            } else {
                return;
            }
        }
    }

    fn note(&self, cs: CriticalSection<'_>, status: Status) {
        let flags = self.flags.borrow(cs);
        flags.set(flags.get().or(status.only(Status::ERRORS)));
    }

    fn take_error(&self) -> Option<LineError> {
        critical_section::with(|cs| {
            let flags = self.flags.borrow(cs);
            let error = flags.get().only(Status::ERRORS).first_error()?;
            flags.set(flags.get().without(error.into()));
            Some(error)
        })
    }
}

/// [`Rings::serve`] for some registers.
type Serve<const RX: usize, const TX: usize> = fn(&Rings<RX, TX>, CriticalSection<'_>);

/// Both directions of an open UART, as one byte stream.
pub struct UartIo<const RX: usize, const TX: usize> {
    reader: UartReader<RX, TX>,
    writer: UartWriter<RX, TX>,
}

impl<const RX: usize, const TX: usize> UartIo<RX, TX> {
    /// The two directions, for two tasks or two halves of one.
    pub fn split(self) -> (UartReader<RX, TX>, UartWriter<RX, TX>) {
        (self.reader, self.writer)
    }
}

/// What a UART receives.
pub struct UartReader<const RX: usize, const TX: usize> {
    rings: &'static Rings<RX, TX>,
    serve: Serve<RX, TX>,
}

/// What a UART sends.
pub struct UartWriter<const RX: usize, const TX: usize> {
    rings: &'static Rings<RX, TX>,
    serve: Serve<RX, TX>,
}

impl<const RX: usize, const TX: usize> ErrorType for UartReader<RX, TX> {
    type Error = LineError;
}

impl<const RX: usize, const TX: usize> ErrorType for UartWriter<RX, TX> {
    type Error = LineError;
}

impl<const RX: usize, const TX: usize> ErrorType for UartIo<RX, TX> {
    type Error = LineError;
}

impl<const RX: usize, const TX: usize> Read for UartReader<RX, TX> {
    /// Waits for bytes, and takes as many as there are and as fit.
    ///
    /// **Cancel safety:** dropping loses nothing; received bytes stay in the ring. **Wake-up:** by the receive interrupt.
    ///
    /// # Errors
    /// Something went wrong on the line since the last call: bytes are missing somewhere before or among the next ones.
    /// The next call goes on. An error is reported by the next call, it does not end one that waits.
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, LineError> {
        if let Some(error) = self.rings.take_error() {
            return Err(error);
        }
        let count = self.rings.rx.read(buf).await;
        // There is room again, perhaps for bytes that wait in the hardware with the interrupt masked.
        critical_section::with(|cs| (self.serve)(self.rings, cs));
        Ok(count)
    }
}

impl<const RX: usize, const TX: usize> Write for UartWriter<RX, TX> {
    /// Waits for room in the ring, and puts in as many bytes as fit.
    ///
    /// **Cancel safety:** bytes are put in by the poll that says how many. **Wake-up:** by the transmit interrupt.
    async fn write(&mut self, buf: &[u8]) -> Result<usize, LineError> {
        let count = self.rings.tx.write(buf).await;
        critical_section::with(|cs| (self.serve)(self.rings, cs));
        Ok(count)
    }

    /// Waits until the hardware has taken every byte; what is in its FIFO by then is still on its way.
    ///
    /// **Cancel safety:** changes nothing. **Wake-up:** by the transmit interrupt.
    async fn flush(&mut self) -> Result<(), LineError> {
        self.rings.tx.drained().await;
        Ok(())
    }
}

impl<const RX: usize, const TX: usize> Read for UartIo<RX, TX> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, LineError> {
        self.reader.read(buf).await
    }
}

impl<const RX: usize, const TX: usize> Write for UartIo<RX, TX> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, LineError> {
        self.writer.write(buf).await
    }
    async fn flush(&mut self) -> Result<(), LineError> {
        self.writer.flush().await
    }
}
