//! One shot: where it landed, and how many instructions after it was set.

use crate::machine::Machine;
use crate::{sections, witness};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// How long QEMU lets an instruction take with `-icount shift=10`.
pub(crate) const INSTRUCTION_NANOS: u32 = 1024;

/// Where the program is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The shot is set, the section has not begun.
    Before,
    /// In the section.
    Within,
    /// The section has ended.
    After,
}

// Written by one side and read by the other, of which the interrupt is never interrupted: plain loads and stores.
static PHASE: AtomicU32 = AtomicU32::new(0);
static SECTION: AtomicUsize = AtomicUsize::new(0);
static SHOTS: AtomicU32 = AtomicU32::new(0);
static SEEN_PHASE: AtomicU32 = AtomicU32::new(0);
static SEEN_PC: AtomicU32 = AtomicU32::new(0);
static SEEN_TICKS: AtomicU32 = AtomicU32::new(0);
static SEEN_LOGGED: AtomicUsize = AtomicUsize::new(0);

/// What an interrupt saw.
pub(crate) struct Landing {
    /// The instruction that was to be executed next.
    pub pc: u32,
    /// Where the program was.
    pub phase: Phase,
    /// Quarter nanoseconds from the setting of the shot, and a constant time.
    pub quarter_nanos: u64,
    /// How many entries the witnesses' log had.
    pub logged: usize,
    /// How often the interrupt came.
    pub shots: u32,
}

/// What the handler of the interrupting timer calls, after silencing the timer: `pc` is the instruction that was to be
/// executed next. It does what the section under test says an interrupt does meanwhile.
pub fn landed<M: Machine>(pc: u32) {
    let ticks = M::ticks(); // first, to be a constant time after the landing
    SEEN_TICKS.store(ticks, Ordering::Relaxed);
    SEEN_PC.store(pc, Ordering::Relaxed);
    SEEN_PHASE.store(PHASE.load(Ordering::Relaxed), Ordering::Relaxed);
    SEEN_LOGGED.store(witness::logged().len(), Ordering::Relaxed);
    SHOTS.store(SHOTS.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    (sections::sections::<M>()[SECTION.load(Ordering::Relaxed)].interrupt)();
}

/// Runs `section`, which has the given number, with an interrupt `delay` ticks from now.
pub(crate) fn shot<M: Machine>(delay: u32, number: usize, section: impl FnOnce()) -> Landing {
    SECTION.store(number, Ordering::Relaxed);
    SHOTS.store(0, Ordering::Relaxed);
    PHASE.store(0, Ordering::Relaxed);
    M::quiet(true);
    let armed = M::arm(delay);
    // Sequentially consistent, so that the compiler moves nothing of the section across.
    PHASE.store(1, Ordering::SeqCst);
    section();
    PHASE.store(2, Ordering::SeqCst);
    M::cancel();
    M::quiet(false);
    let ticks = SEEN_TICKS.load(Ordering::SeqCst).wrapping_sub(armed);
    Landing {
        pc: SEEN_PC.load(Ordering::Relaxed),
        phase: match SEEN_PHASE.load(Ordering::Relaxed) {
            0 => Phase::Before,
            1 => Phase::Within,
            _ => Phase::After,
        },
        quarter_nanos: u64::from(ticks) * u64::from(M::QUARTER_NANOS),
        logged: SEEN_LOGGED.load(Ordering::Relaxed),
        shots: SHOTS.load(Ordering::Relaxed),
    }
}

/// Everything here counts instructions by their time.
///
/// # Panics
/// If QEMU was started with another `-icount`, or none.
pub(crate) fn instructions_take_as_long_as_they_should<M: Machine>() {
    let between = |pause: fn()| {
        let start = M::ticks();
        pause();
        M::ticks().wrapping_sub(start)
    };
    let nothing = between(|| {});
    let hundred = between(hundred_instructions);
    let nanos = (hundred - nothing) * M::QUARTER_NANOS / 4;
    let expected = 100 * INSTRUCTION_NANOS;
    // The call, and the ticks that both readings leave over.
    assert!(
        nanos.abs_diff(expected) < 8 * INSTRUCTION_NANOS,
        "100 instructions took {nanos} ns instead of {expected}: start QEMU with -icount shift=10 -rtc clock=vm"
    );
}

// A function of its own: the compiler takes the text for three instructions, which puts constants out of a Cortex-M0's reach.
#[inline(never)]
fn hundred_instructions() {
    // SAFETY: touches nothing.
    unsafe { core::arch::asm!(".rept 100", "nop", ".endr") };
}
