//! What a board lends to the sweep.

use core::mem::MaybeUninit;
use zokio_board::{Chip, Idle};
use zokio_core::executor::Executor;
use zokio_core::time::Clock;

/// The executor of a board.
pub type Board<M> = Executor<Idle<<M as Machine>::Chip>, <M as Machine>::Clock>;

/// A board, with a timer beside its clock that can interrupt once.
pub trait Machine: 'static {
    /// What the report calls it.
    const NAME: &'static str;
    /// The clock's timer.
    type Chip: Chip;
    /// The clock.
    type Clock: Clock + 'static;

    /// Quarter nanoseconds of one tick of the interrupting timer.
    const QUARTER_NANOS: u32;
    /// Ticks from one delay to the next: as many as are shorter than an instruction.
    const STEP: u32 = (4 * crate::landing::INSTRUCTION_NANOS - 1) / Self::QUARTER_NANOS;

    /// The clock, started.
    fn clock() -> Self::Clock;

    /// The interrupting timer's time. Wraps.
    fn ticks() -> u32;

    /// Raises the interrupt `delay` ticks (and a constant time) from now; says from when it counts. The handler calls
    /// [`landed`](crate::landed).
    fn arm(delay: u32) -> u32;

    /// Takes that back.
    fn cancel();

    /// Keeps every other interrupt from coming, or lets them come again.
    fn quiet(yes: bool);
}

/// Whether the instruction at `pc` masks interrupts, so that none can land on the boundary behind it.
#[cfg(target_arch = "arm")]
pub(crate) fn masks(pc: u32) -> bool {
    half(pc) == 0xb672 // cpsid i
}

/// Whether the instruction before `pc` may have unmasked interrupts.
#[cfg(target_arch = "arm")]
pub(crate) fn unmasked_before(pc: u32) -> bool {
    let (first, second) = (half(pc - 4), half(pc - 2));
    second == 0xb662 || (first & 0xfff0 == 0xf380 && second == 0x8810) // cpsie i; msr primask, rN
}

/// Whether the instruction at `pc` masks interrupts, so that none can land on the boundary behind it.
#[cfg(target_arch = "riscv32")]
pub(crate) fn masks(pc: u32) -> bool {
    word(pc) & 0xffff_f07f == 0x3004_7073 // csrrci rd, mstatus, 8
}

/// Whether the instruction before `pc` may have unmasked interrupts.
#[cfg(target_arch = "riscv32")]
pub(crate) fn unmasked_before(pc: u32) -> bool {
    let before = word(pc - 4);
    // csrrsi rd, mstatus, 8; csrrs rd, mstatus, rs; csrrw rd, mstatus, rs
    before & 0xffff_f07f == 0x3004_6073 || matches!(before & 0xfff0_707f, 0x3000_2073 | 0x3000_1073)
}

/// Half an instruction.
fn half(address: u32) -> u32 {
    // SAFETY: *Own code:* an address that the core was about to execute from, or just has; reading changes nothing.
    u32::from(unsafe { (address as *const u16).read_volatile() })
}

/// An instruction, at an address that need not be a multiple of four.
#[cfg(target_arch = "riscv32")]
fn word(address: u32) -> u32 {
    half(address) | half(address + 2) << 16
}

/// The number after the program's name on QEMU's command line, if there is one.
pub(crate) fn argument() -> Option<usize> {
    let mut room = [const { MaybeUninit::uninit() }; 256];
    let line = semihosting::sys::arm_compat::sys_get_cmdline_uninit(&mut room).ok()?;
    core::str::from_utf8(line).ok()?.trim_end_matches('\0').split_whitespace().next_back()?.parse().ok()
}
