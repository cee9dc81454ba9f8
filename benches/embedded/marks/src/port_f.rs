//! Port F of the LM3S6965: the board's light is on pin 0. For the programs on other runtimes that blink.

const CLOCKS_2: *mut u32 = 0x400f_e108 as *mut u32;
const BASE: usize = 0x4002_5000;
const DIRECTION: *mut u32 = (BASE + 0x400) as *mut u32;
const DIGITAL: *mut u32 = (BASE + 0x51c) as *mut u32;

/// Makes pins 0 and 1 outputs.
pub fn set_up() {
    // SAFETY: *Device register:* by the chip's data sheet; nobody else uses port F.
    unsafe {
        CLOCKS_2.write_volatile(1 << 5);
        DIRECTION.write_volatile(0b11);
        DIGITAL.write_volatile(0b11);
    }
}

/// Toggles a pin.
pub fn toggle(pin: u8) {
    let mask = 1usize << pin;
    // The address says which pins are meant.
    let data = (BASE + (mask << 2)) as *mut u32;
    // SAFETY: *Device register:* as above.
    unsafe { data.write_volatile(!data.read_volatile()) }
}
