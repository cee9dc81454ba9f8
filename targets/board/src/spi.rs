//! An interrupt-driven SPI controller with the trait of `embedded-hal-async`, over a [`Port`] of a few functions.

use core::cell::Cell;
use core::convert::Infallible;
use core::future::poll_fn;
use core::marker::PhantomData;
use core::task::Poll;
use critical_section::Mutex;
use embedded_hal_async::spi::ErrorType;
use zokio_core::sync::WakerCell;

/// The registers of an SPI controller that exchanges bytes and has a memory for some of them each way.
///
/// Nothing takes `self`: the hardware is a singleton.
pub trait Port: 'static {
    /// How many bytes the smaller of its memories holds: so many may be under way. At least 1.
    const DEPTH: usize;

    /// Starts it as controller of the bus, with its interrupt masked at the controller and enabled at the interrupt controller.
    fn start();

    /// Sends a byte, for which there is room.
    fn put(byte: u8);

    /// Takes a byte that came back, if there is one.
    fn take() -> Option<u8>;

    /// Lets it interrupt when bytes have come back, or not. What came back before interrupts at once; the last bytes may do so
    /// after a while only.
    fn listen(yes: bool);
}

/// An SPI controller: a static, which its interrupt and its [bus](SpiBus) share.
///
/// Declare it, call [`on_interrupt`](Self::on_interrupt) from its interrupt, and [`open`](Self::open) it once.
pub struct Spi<P> {
    opened: Mutex<Cell<bool>>,
    waker: WakerCell,
    port: PhantomData<fn() -> P>,
}

impl<P: Port> Spi<P> {
    /// A controller that is not started yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { opened: Mutex::new(Cell::new(false)), waker: WakerCell::new(), port: PhantomData }
    }

    /// Starts the hardware and hands out the only access to it; `None` if that was done before.
    pub fn open(&'static self) -> Option<SpiBus<P>> {
        if critical_section::with(|cs| self.opened.borrow(cs).replace(true)) {
            return None;
        }
        P::start();
        Some(SpiBus { controller: self, stale: 0 })
    }

    /// What the controller's interrupt handler calls: wakes who waits for the bus, and masks what it was woken for. O(1).
    pub fn on_interrupt(&self) {
        P::listen(false);
        self.waker.wake();
    }
}

/// An open SPI controller: a [`SpiBus`](embedded_hal_async::spi::SpiBus) of bytes. Whom it talks to is selected by a pin, which is
/// not its business.
///
/// **Cancel safety.** An operation that is dropped stops after the bytes that the hardware had already, at most [`Port::DEPTH`];
/// what comes back for them is thrown away by the next one. The device has then seen a part of a message: select it anew.
///
/// **Wake-up.** By the controller's interrupt. **Cost.** O(bytes), no copy but from and to the hardware.
///
/// ```
/// use embedded_hal_async::spi::SpiBus as _;
/// use zokio_board::spi::{Port, SpiBus};
///
/// /// Asks a flash memory who made it.
/// async fn maker<P: Port>(bus: &mut SpiBus<P>) -> u8 {
///     let mut said = [0x9f, 0];
///     let Ok(()) = bus.transfer_in_place(&mut said).await;
///     said[1]
/// }
/// ```
pub struct SpiBus<P: 'static> {
    controller: &'static Spi<P>,
    /// Bytes of operations that were dropped, which have not come back yet.
    stale: usize,
}

impl<P: Port> SpiBus<P> {
    /// Sends `len` bytes and hands on what comes back for each.
    async fn exchange(&mut self, len: usize, out: impl Fn(usize) -> u8, into: impl Fn(usize, u8)) {
        let controller = self.controller;
        let mut under_way = UnderWay { stale: &mut self.stale, sent: 0, received: 0 };
        poll_fn(|cx| {
            let mut listens = false;
            loop {
                let before = under_way.received;
                while let Some(byte) = P::take() {
                    if *under_way.stale > 0 {
                        *under_way.stale -= 1;
                    } else if under_way.received < under_way.sent {
                        into(under_way.received, byte);
                        under_way.received += 1;
                    }
                }
                while under_way.sent < len && *under_way.stale + under_way.sent - under_way.received < P::DEPTH {
                    P::put(out(under_way.sent));
                    under_way.sent += 1;
                }
                if under_way.received == len && *under_way.stale == 0 {
                    return Poll::Ready(());
                }
                // Once more after it was said that somebody waits: a byte that came in between may have woken nobody.
                if listens && under_way.received == before {
                    return Poll::Pending;
                }
                controller.waker.register(cx.waker());
                P::listen(true);
                listens = true;
            }
        })
        .await;
    }
}

/// What an operation has done so far; leaves to the next one what it has not seen come back.
struct UnderWay<'a> {
    stale: &'a mut usize,
    sent: usize,
    received: usize,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        *self.stale += self.sent - self.received;
    }
}

impl<P: Port> ErrorType for SpiBus<P> {
    type Error = Infallible;
}

impl<P: Port> embedded_hal_async::spi::SpiBus for SpiBus<P> {
    /// Sends zeros.
    async fn read(&mut self, words: &mut [u8]) -> Result<(), Infallible> {
        self.transfer(words, &[]).await
    }

    async fn write(&mut self, words: &[u8]) -> Result<(), Infallible> {
        self.transfer(&mut [], words).await
    }

    /// Where `read` is longer, zeros are sent; where `write` is longer, what comes back is thrown away.
    async fn transfer(&mut self, read: &mut [u8], write: &[u8]) -> Result<(), Infallible> {
        let len = read.len().max(write.len());
        let read: &[Cell<u8>] = Cell::from_mut(read).as_slice_of_cells();
        let out = |at: usize| write.get(at).copied().unwrap_or(0);
        let into = |at: usize, byte| {
            if let Some(cell) = read.get(at) {
                cell.set(byte);
            }
        };
        self.exchange(len, out, into).await;
        Ok(())
    }

    async fn transfer_in_place(&mut self, words: &mut [u8]) -> Result<(), Infallible> {
        let words: &[Cell<u8>] = Cell::from_mut(words).as_slice_of_cells();
        self.exchange(words.len(), |at| words[at].get(), |at, byte| words[at].set(byte)).await;
        Ok(())
    }

    /// Waits for what operations that were dropped have left under way.
    async fn flush(&mut self) -> Result<(), Infallible> {
        self.exchange(0, |_| 0, |_, _| {}).await;
        Ok(())
    }
}
