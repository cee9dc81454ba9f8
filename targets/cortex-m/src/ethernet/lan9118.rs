//! SMSC's LAN9118 and its like: first-in-first-out memories each way, for frames and for what became of them.

use super::device::{Controller, FRAME, Registers, give_words, take_words};

const RECEIVE_DATA: usize = 0x00;
const TRANSMIT_DATA: usize = 0x20;
const RECEIVE_STATUS: usize = 0x40;
const INTERRUPT_CONFIG: usize = 0x54;
/// Interrupts that were raised (read), and those to take back (write).
const RAISED: usize = 0x58;
const INTERRUPT_MASK: usize = 0x5c;
const LEVELS: usize = 0x68;
const TRANSMIT_CONFIG: usize = 0x70;
const HARDWARE_CONFIG: usize = 0x74;
const RECEIVE_USED: usize = 0x7c;
const TRANSMIT_FREE: usize = 0x80;
/// The registers of the controller proper are behind these two.
const MAC_COMMAND: usize = 0xa4;
const MAC_DATA: usize = 0xa8;

/// More statuses wait than the level.
const RECEIVED: u32 = 1 << 3;
/// More room is free than the level.
const ROOM: u32 = 1 << 9;
/// Level 0 for statuses; for room, in units of 64 bytes, what a frame takes.
const LEVEL: u32 = (ROOM_FOR_A_FRAME as u32).div_ceil(64) << 24;
/// A frame, the two words before it, and what fills its last word.
const ROOM_FOR_A_FRAME: usize = FRAME + 8 + 3;

/// Interrupts, active high, driven both ways.
const INTERRUPTS: u32 = 1 << 8 | 1 << 4 | 1 << 0;

const RESET: u32 = 1 << 0;
/// Frames are sent when they are whole; and as much memory for them as after a reset.
const WHOLE_FRAMES: u32 = 1 << 20 | 5 << 16;

const TRANSMITTER_ON: u32 = 1 << 1;
/// Statuses of what was sent, which nobody reads, may be overwritten.
const FORGET_STATUSES: u32 = 1 << 2;

const FIRST_AND_LAST: u32 = 1 << 13 | 1 << 12;
const STATUS_ERROR: u32 = 1 << 15;

const MAC_BUSY: u32 = 1 << 31;
const MAC_CONTROL: u32 = 1;
const MAC_ADDRESS_HIGH: u32 = 2;
const MAC_ADDRESS_LOW: u32 = 3;
/// Receiver and transmitter on, all multicast frames, full duplex.
const MAC_ON: u32 = 1 << 2 | 1 << 3 | 1 << 19 | 1 << 20;

const CHECKSUM: usize = 4;

/// The registers of a [`Lan9118`](super::Lan9118).
pub enum Lan9118Registers {}

/// Writes a register of the controller proper, when it has taken the one before.
fn write_mac(registers: Registers, register: u32, value: u32) {
    while registers.read(MAC_COMMAND) & MAC_BUSY != 0 {}
    registers.write(MAC_DATA, value);
    registers.write(MAC_COMMAND, MAC_BUSY | register);
}

impl Controller for Lan9118Registers {
    fn start(registers: Registers, mac: [u8; 6]) {
        registers.write(HARDWARE_CONFIG, RESET);
        while registers.read(HARDWARE_CONFIG) & RESET != 0 {}
        registers.write(HARDWARE_CONFIG, WHOLE_FRAMES);
        registers.write(INTERRUPT_MASK, 0);
        registers.write(RAISED, !0);
        registers.write(LEVELS, LEVEL);
        registers.write(INTERRUPT_CONFIG, INTERRUPTS);
        let [a, b, c, d, e, f] = mac;
        write_mac(registers, MAC_ADDRESS_LOW, u32::from_le_bytes([a, b, c, d]));
        write_mac(registers, MAC_ADDRESS_HIGH, u32::from_le_bytes([e, f, 0, 0]));
        registers.write(TRANSMIT_CONFIG, TRANSMITTER_ON | FORGET_STATUSES);
        write_mac(registers, MAC_CONTROL, MAC_ON);
    }

    fn mask(registers: Registers) {
        registers.write(INTERRUPT_MASK, 0);
    }

    fn listen(registers: Registers) {
        // Where there is room already, this would be raised for ever.
        let room = if Self::can_send(registers) { 0 } else { ROOM };
        registers.write(INTERRUPT_MASK, RECEIVED | room);
    }

    fn arrived(registers: Registers) -> bool {
        registers.write(RAISED, RECEIVED | ROOM);
        registers.read(RECEIVE_USED) >> 16 & 0xff != 0
    }

    fn can_send(registers: Registers) -> bool {
        registers.read(TRANSMIT_FREE) & 0xffff >= ROOM_FOR_A_FRAME as u32
    }

    fn receive(registers: Registers, frame: &mut [u8; FRAME]) -> usize {
        let status = registers.read(RECEIVE_STATUS);
        let len = (status >> 16 & 0x3fff) as usize;
        // With its checksum.
        take_words(frame, 0, len.div_ceil(4), || registers.read(RECEIVE_DATA));
        if status & STATUS_ERROR != 0 { 0 } else { len.saturating_sub(CHECKSUM).min(FRAME) }
    }

    fn send(registers: Registers, frame: &[u8]) {
        let len = frame.len() as u32;
        registers.write(TRANSMIT_DATA, FIRST_AND_LAST | len);
        registers.write(TRANSMIT_DATA, len);
        give_words(frame, |word| registers.write(TRANSMIT_DATA, word));
    }
}
