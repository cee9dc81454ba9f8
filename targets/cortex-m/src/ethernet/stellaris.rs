//! The Ethernet controller of Texas Instruments' Stellaris chips: two packet memories of 2 KiB, written and read by the word.

use crate::registers::{read, write};
use core::cell::{Cell, UnsafeCell};
use core::task::Context;
use critical_section::Mutex;
use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_sync::waitqueue::AtomicWaker;

/// Interrupts that were raised (read), and those to take back (write).
const RAISED: usize = 0x00;
const INTERRUPT_MASK: usize = 0x04;
const RECEIVE_CONTROL: usize = 0x08;
const TRANSMIT_CONTROL: usize = 0x0c;
const DATA: usize = 0x10;
const ADDRESS_0: usize = 0x14;
const ADDRESS_1: usize = 0x18;
const PACKETS: usize = 0x34;
const TRANSMIT_REQUEST: usize = 0x38;

const RECEIVED: u32 = 1 << 0;
const SENT: u32 = 1 << 2;
/// The packet memory was full, or lost count; then it has to be emptied.
const OVERRUN: u32 = 1 << 3;
const BROKEN: u32 = 1 << 4;

const RECEIVER_ON: u32 = 1 << 0;
const MULTICAST: u32 = 1 << 1;
const REJECT_BROKEN: u32 = 1 << 3;
const EMPTY_MEMORY: u32 = 1 << 4;

const TRANSMITTER_ON: u32 = 1 << 0;
const PAD: u32 = 1 << 1;
const CHECKSUM: u32 = 1 << 2;
const FULL_DUPLEX: u32 = 1 << 4;

/// A frame without its checksum.
const FRAME: usize = 1514;
const HEADER: usize = 14;
/// What the packet memory has around a received frame: its length and its checksum.
const AROUND: usize = 6;

/// An Ethernet controller: a static, which its interrupt and its [device](StellarisDevice) share. Holds one frame each way:
/// 3 KiB.
///
/// The board's module opens it, see `boards::lm3s6965evb::ethernet`.
pub struct Stellaris {
    /// The address of its registers; 0 before it is opened.
    base: Mutex<Cell<usize>>,
    receive: AtomicWaker,
    transmit: AtomicWaker,
    frames: UnsafeCell<Frames>,
}

/// A frame each way.
struct Frames {
    incoming: [u8; FRAME],
    outgoing: [u8; FRAME],
}

// SAFETY: *Invariant "opened once":* `open` lends `frames` to one device, for ever, and nobody else looks at them.
unsafe impl Sync for Stellaris {}

impl Stellaris {
    /// A controller that is not open.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self {
            base: Mutex::new(Cell::new(0)),
            receive: AtomicWaker::new(),
            transmit: AtomicWaker::new(),
            frames: UnsafeCell::new(Frames { incoming: [0; FRAME], outgoing: [0; FRAME] }),
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
    pub unsafe fn open(&'static self, base: usize, interrupt: u16, mac: [u8; 6]) -> StellarisDevice {
        let before = critical_section::with(|cs| self.base.borrow(cs).replace(base));
        assert!(before == 0, "an Ethernet controller is opened once");
        let [a, b, c, d, e, f] = mac;
        // SAFETY: *Device register:* the caller's word; starting it is what it is for.
        unsafe {
            write(base, INTERRUPT_MASK, 0);
            write(base, ADDRESS_0, u32::from_le_bytes([a, b, c, d]));
            write(base, ADDRESS_1, u32::from_le_bytes([e, f, 0, 0]));
            write(base, RECEIVE_CONTROL, EMPTY_MEMORY);
            write(base, RAISED, !0);
            write(base, TRANSMIT_CONTROL, TRANSMITTER_ON | PAD | CHECKSUM | FULL_DUPLEX);
            write(base, RECEIVE_CONTROL, RECEIVER_ON | MULTICAST | REJECT_BROKEN);
        }
        crate::enable_interrupt(interrupt);
        // SAFETY: "opened once": it was not before.
        StellarisDevice { base, controller: self, mac, frames: unsafe { &mut *self.frames.get() } }
    }

    /// What the handler of the controller's interrupt calls: wakes the driver, and masks what it was woken for.
    pub fn on_interrupt(&self) {
        let base = critical_section::with(|cs| self.base.borrow(cs).get());
        if base == 0 {
            return;
        }
        // SAFETY: *Device register:* by `open`. The driver looks at the reasons itself, and unmasks them again.
        unsafe { write(base, INTERRUPT_MASK, 0) };
        self.receive.wake();
        self.transmit.wake();
    }
}

/// The driver of a [`Stellaris`] controller, for `embassy_net::new`.
///
/// The link is told as up always: the transceiver agrees on rate and duplex by itself, and nobody asks it.
pub struct StellarisDevice {
    base: usize,
    controller: &'static Stellaris,
    mac: [u8; 6],
    frames: &'static mut Frames,
}

impl StellarisDevice {
    fn read(&self, register: usize) -> u32 {
        // SAFETY: *Device register:* by `Stellaris::open`; the packet memory is read by this driver only.
        unsafe { read(self.base, register) }
    }

    fn write(&self, register: usize, value: u32) {
        // SAFETY: *Device register:* by `Stellaris::open`.
        unsafe { write(self.base, register, value) }
    }

    /// Lets the controller interrupt when something arrives or has left. Something that did since the driver looked
    /// interrupts at once.
    fn listen(&self) {
        self.write(INTERRUPT_MASK, RECEIVED | SENT | OVERRUN);
    }

    /// Whether a frame waits in the packet memory, which is mended if it lost count.
    fn arrived(&self) -> bool {
        let raised = self.read(RAISED);
        self.write(RAISED, raised & (RECEIVED | OVERRUN | BROKEN));
        if raised & BROKEN != 0 {
            self.write(RECEIVE_CONTROL, EMPTY_MEMORY);
            self.write(RECEIVE_CONTROL, RECEIVER_ON | MULTICAST | REJECT_BROKEN);
        }
        self.read(PACKETS) & 0x3f != 0
    }

    /// Whether the last frame has left.
    fn can_send(&self) -> bool {
        self.read(TRANSMIT_REQUEST) & 1 == 0
    }

    fn tokens(&mut self) -> (Incoming<'_>, Outgoing<'_>) {
        let Self { base, frames: Frames { incoming, outgoing }, .. } = self;
        (Incoming { base: *base, frame: incoming }, Outgoing { base: *base, frame: outgoing })
    }
}

impl Driver for StellarisDevice {
    type RxToken<'a> = Incoming<'a>;
    type TxToken<'a> = Outgoing<'a>;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Incoming<'_>, Outgoing<'_>)> {
        self.controller.receive.register(cx.waker());
        if self.arrived() && self.can_send() {
            return Some(self.tokens());
        }
        self.listen();
        None
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Outgoing<'_>> {
        self.controller.transmit.register(cx.waker());
        if self.can_send() {
            return Some(self.tokens().1);
        }
        self.listen();
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

/// A frame that waits in the packet memory.
pub struct Incoming<'a> {
    base: usize,
    frame: &'a mut [u8; FRAME],
}

impl RxToken for Incoming<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, f: F) -> R {
        // SAFETY: *Device register:* by `Stellaris::open`; a token exists while a frame is there, and all of it is taken.
        let next = || unsafe { read(self.base, DATA) }.to_le_bytes();
        let [low, high, first, second] = next();
        let len = usize::from(u16::from_le_bytes([low, high])).saturating_sub(AROUND);
        let kept = len.min(FRAME);
        self.frame[..2].copy_from_slice(&[first, second]);
        // With the frame comes its checksum, and what fills the last word.
        for at in (2..len + 4).step_by(4) {
            let word = next();
            if let Some(room) = self.frame.get_mut(at..).filter(|room| !room.is_empty()) {
                let part = room.len().min(4);
                room[..part].copy_from_slice(&word[..part]);
            }
        }
        f(&mut self.frame[..kept])
    }
}

/// Room for a frame to send.
pub struct Outgoing<'a> {
    base: usize,
    frame: &'a mut [u8; FRAME],
}

impl TxToken for Outgoing<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let frame = &mut self.frame[..len];
        let result = f(frame);
        // SAFETY: *Device register:* by `Stellaris::open`; a token exists while the last frame has left.
        let send = |word: [u8; 4]| unsafe { write(self.base, DATA, u32::from_le_bytes(word)) };
        let [low, high] = (len.saturating_sub(HEADER) as u16).to_le_bytes();
        let (first, rest) = frame.split_at(len.min(2));
        send([low, high, first.first().copied().unwrap_or(0), first.get(1).copied().unwrap_or(0)]);
        for chunk in rest.chunks(4) {
            let mut word = [0; 4];
            word[..chunk.len()].copy_from_slice(chunk);
            send(word);
        }
        // SAFETY: as above.
        unsafe { write(self.base, TRANSMIT_REQUEST, 1) };
        result
    }
}
