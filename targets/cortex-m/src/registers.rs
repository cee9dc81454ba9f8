//! Access to device registers.

/// Reads the register at `base + offset`.
///
/// # Safety
/// *Device register:* the chip has a register there, and what reading it does to the device belongs to the caller.
pub(crate) unsafe fn read(base: usize, offset: usize) -> u32 {
    // SAFETY: the caller's word.
    unsafe { ((base + offset) as *const u32).read_volatile() }
}

/// Writes the register at `base + offset`.
///
/// # Safety
/// *Device register:* as [`read`]; the device reaches no memory.
pub(crate) unsafe fn write(base: usize, offset: usize, value: u32) {
    // SAFETY: the caller's word.
    unsafe { ((base + offset) as *mut u32).write_volatile(value) }
}
