//! The driver of an Ethernet controller that holds frames in a memory of its own.

use core::cell::{Cell, UnsafeCell};
use core::marker::PhantomData;
use core::task::Context;
use critical_section::Mutex;
use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_sync::waitqueue::AtomicWaker;

/// A frame without its checksum.
pub const FRAME: usize = 1514;

/// The registers of one controller.
///
/// *Device register:* whoever made it (in [`Ethernet::open`]) answers for there being one, and for nobody else using it.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Registers {
    base: usize,
}

impl Registers {
    pub(super) fn read(self, offset: usize) -> u32 {
        // SAFETY: *Device register:* by `open`; the driver is the only one that takes frames out.
        unsafe { crate::registers::read(self.base, offset) }
    }

    pub(super) fn write(self, offset: usize, value: u32) {
        // SAFETY: *Device register:* by `open`; these controllers reach no memory.
        unsafe { crate::registers::write(self.base, offset, value) }
    }
}

/// What the driver asks of a controller.
///
/// It never waits but for what the controller has by then.
pub trait Controller: 'static {
    /// Brings it to where it receives and sends, without interrupts.
    fn start(registers: Registers, mac: [u8; 6]);

    /// Keeps it from interrupting.
    fn mask(registers: Registers);

    /// Lets it interrupt when something arrives or, where there is no room, has left. What did since the driver looked
    /// interrupts at once.
    fn listen(registers: Registers);

    /// Whether a frame waits.
    fn arrived(registers: Registers) -> bool;

    /// Whether there is room for a frame.
    fn can_send(registers: Registers) -> bool;

    /// Takes the frame out that waits; its length, 0 if it is broken.
    fn receive(registers: Registers, frame: &mut [u8; FRAME]) -> usize;

    /// Sends a frame of at most [`FRAME`] bytes; there is room.
    fn send(registers: Registers, frame: &[u8]);
}

/// An Ethernet controller: a static, which its interrupt and its [device](Device) share. Holds one frame each way: 3 KiB.
pub struct Ethernet<C> {
    /// `None` before it is opened.
    registers: Mutex<Cell<Option<Registers>>>,
    receive: AtomicWaker,
    transmit: AtomicWaker,
    frames: UnsafeCell<Frames>,
    controller: PhantomData<fn() -> C>,
}

/// A frame each way.
struct Frames {
    incoming: [u8; FRAME],
    outgoing: [u8; FRAME],
}

// SAFETY: *Invariant "opened once":* `open` lends `frames` to one device, for ever, and nobody else looks at them.
unsafe impl<C> Sync for Ethernet<C> {}

impl<C: Controller> Ethernet<C> {
    /// A controller that is not open.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self {
            registers: Mutex::new(Cell::new(None)),
            receive: AtomicWaker::new(),
            transmit: AtomicWaker::new(),
            frames: UnsafeCell::new(Frames { incoming: [0; FRAME], outgoing: [0; FRAME] }),
            controller: PhantomData,
        }
    }

    /// Starts it, and gives its driver out.
    ///
    /// # Safety
    /// *Device register:* the controller is at `base`, has its clock, and nothing else in the program uses it.
    ///
    /// # Panics
    /// If it was opened before.
    #[track_caller]
    pub unsafe fn open(&'static self, base: usize, interrupt: u16, mac: [u8; 6]) -> Device<C> {
        let registers = Registers { base };
        let before = critical_section::with(|cs| self.registers.borrow(cs).replace(Some(registers)));
        assert!(before.is_none(), "an Ethernet controller is opened once");
        C::start(registers, mac);
        crate::enable_interrupt(interrupt);
        // SAFETY: "opened once": it was not before.
        Device { registers, shared: self, mac, frames: unsafe { &mut *self.frames.get() } }
    }

    /// What the handler of the controller's interrupt calls: wakes the driver, and masks what it was woken for.
    pub fn on_interrupt(&self) {
        if let Some(registers) = critical_section::with(|cs| self.registers.borrow(cs).get()) {
            // The driver looks at the reasons itself, and unmasks them again.
            C::mask(registers);
            self.receive.wake();
            self.transmit.wake();
        }
    }
}

/// The driver of an [`Ethernet`] controller, for `embassy_net::new`.
///
/// The link is told as up always: the transceiver agrees on rate and duplex by itself, and nobody asks it.
pub struct Device<C: 'static> {
    registers: Registers,
    shared: &'static Ethernet<C>,
    mac: [u8; 6],
    frames: &'static mut Frames,
}

impl<C: Controller> Device<C> {
    fn outgoing(&mut self) -> Outgoing<'_, C> {
        Outgoing { registers: self.registers, frame: &mut self.frames.outgoing, controller: PhantomData }
    }
}

impl<C: Controller> Driver for Device<C> {
    type RxToken<'a> = Incoming<'a, C>;
    type TxToken<'a> = Outgoing<'a, C>;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Incoming<'_, C>, Outgoing<'_, C>)> {
        self.shared.receive.register(cx.waker());
        if C::arrived(self.registers) && C::can_send(self.registers) {
            let (registers, controller) = (self.registers, PhantomData);
            let Frames { incoming, outgoing } = self.frames;
            return Some((
                Incoming { registers, frame: incoming, controller },
                Outgoing { registers, frame: outgoing, controller },
            ));
        }
        C::listen(self.registers);
        None
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Outgoing<'_, C>> {
        self.shared.transmit.register(cx.waker());
        if C::can_send(self.registers) {
            return Some(self.outgoing());
        }
        C::listen(self.registers);
        None
    }

    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = FRAME;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.mac)
    }
}

/// A frame that waits in the controller's memory.
pub struct Incoming<'a, C> {
    registers: Registers,
    frame: &'a mut [u8; FRAME],
    controller: PhantomData<fn() -> C>,
}

impl<C: Controller> RxToken for Incoming<'_, C> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, f: F) -> R {
        // A token exists while a frame is there, and all of it is taken.
        let len = C::receive(self.registers, self.frame);
        f(&mut self.frame[..len])
    }
}

/// Room for a frame to send.
pub struct Outgoing<'a, C> {
    registers: Registers,
    frame: &'a mut [u8; FRAME],
    controller: PhantomData<fn() -> C>,
}

impl<C: Controller> TxToken for Outgoing<'_, C> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let frame = &mut self.frame[..len];
        let result = f(frame);
        // A token exists while there is room.
        C::send(self.registers, frame);
        result
    }
}

/// Copies the words of a frame to `frame` from byte `at` on, as far as they fit; the rest is taken out, too.
pub(super) fn take_words(frame: &mut [u8], at: usize, words: usize, next: impl Fn() -> u32) {
    let mut room = frame.get_mut(at..).unwrap_or_default();
    for _ in 0..words {
        let word = next().to_le_bytes();
        let part = room.len().min(4);
        let (here, rest) = room.split_at_mut(part);
        here.copy_from_slice(&word[..part]);
        room = rest;
    }
}

/// Hands `bytes` on as words, the last one filled up.
pub(super) fn give_words(bytes: &[u8], to: impl Fn(u32)) {
    for chunk in bytes.chunks(4) {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        to(u32::from_le_bytes(word));
    }
}
