//! The Ethernet controller of Texas Instruments' Stellaris chips: two packet memories of 2 KiB, written and read by the word.

use super::device::{Controller, FRAME, Registers, give_words, take_words};

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

const HEADER: usize = 14;
/// What the packet memory has around a received frame: its length and its checksum.
const AROUND: usize = 6;

/// The registers of a [`Stellaris`](super::Stellaris) controller.
pub enum StellarisRegisters {}

impl Controller for StellarisRegisters {
    fn start(registers: Registers, mac: [u8; 6]) {
        let [a, b, c, d, e, f] = mac;
        registers.write(INTERRUPT_MASK, 0);
        registers.write(ADDRESS_0, u32::from_le_bytes([a, b, c, d]));
        registers.write(ADDRESS_1, u32::from_le_bytes([e, f, 0, 0]));
        registers.write(RECEIVE_CONTROL, EMPTY_MEMORY);
        registers.write(RAISED, !0);
        registers.write(TRANSMIT_CONTROL, TRANSMITTER_ON | PAD | CHECKSUM | FULL_DUPLEX);
        registers.write(RECEIVE_CONTROL, RECEIVER_ON | MULTICAST | REJECT_BROKEN);
    }

    fn mask(registers: Registers) {
        registers.write(INTERRUPT_MASK, 0);
    }

    fn listen(registers: Registers) {
        registers.write(INTERRUPT_MASK, RECEIVED | SENT | OVERRUN);
    }

    /// The packet memory is mended if it lost count.
    fn arrived(registers: Registers) -> bool {
        let raised = registers.read(RAISED);
        registers.write(RAISED, raised & (RECEIVED | OVERRUN | BROKEN));
        if raised & BROKEN != 0 {
            registers.write(RECEIVE_CONTROL, EMPTY_MEMORY);
            registers.write(RECEIVE_CONTROL, RECEIVER_ON | MULTICAST | REJECT_BROKEN);
        }
        registers.read(PACKETS) & 0x3f != 0
    }

    fn can_send(registers: Registers) -> bool {
        registers.read(TRANSMIT_REQUEST) & 1 == 0
    }

    fn receive(registers: Registers, frame: &mut [u8; FRAME]) -> usize {
        let next = || registers.read(DATA);
        let [low, high, first, second] = next().to_le_bytes();
        let len = usize::from(u16::from_le_bytes([low, high])).saturating_sub(AROUND);
        frame[..2].copy_from_slice(&[first, second]);
        // With the frame comes its checksum, and what fills the last word.
        take_words(frame, 2, (len + 2).div_ceil(4), next);
        len.min(FRAME)
    }

    fn send(registers: Registers, frame: &[u8]) {
        let [low, high] = (frame.len().saturating_sub(HEADER) as u16).to_le_bytes();
        let (first, rest) = frame.split_at(frame.len().min(2));
        let second = [low, high, first.first().copied().unwrap_or(0), first.get(1).copied().unwrap_or(0)];
        registers.write(DATA, u32::from_le_bytes(second));
        give_words(rest, |word| registers.write(DATA, word));
        registers.write(TRANSMIT_REQUEST, 1);
    }
}
