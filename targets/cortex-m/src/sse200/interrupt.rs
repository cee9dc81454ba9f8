//! Interrupts that either core raises on one of them.
//!
//! *Protocol:* who raises sets the interrupt's bit and then the core's message; the core takes the message back and then the bits. A bit
//! that is set after they were taken comes with a message of its own.

use super::{Message, core};
use crate::vectors::{interrupt_enabled, raise};
use core::sync::atomic::{AtomicU32, Ordering};
use zokio_board::Pend;
use zokio_core::driver::Unpark;

/// By it the other core raises interrupts.
const ASKED: Message = Message { base: 0x5000_4000 };

/// The number of the interrupt, on both cores, by which the other core raises a [`CoreInterrupt`]: bind it to [`on_asked`], and enable
/// it on each core that has one. Its priority must be the highest of them, as it is after reset.
pub const ASKED_INTERRUPT: u16 = 7;

/// How many numbers there is room for.
const MOST: u16 = 128;

/// Which interrupts the other core wants raised on a core, 32 a word.
static ASKED_FOR: [[AtomicU32; MOST as usize / 32]; 2] =
    [const { [const { AtomicU32::new(0) }; MOST as usize / 32] }; 2];

/// Interrupt `NUMBER` of core `CORE`, raised by software of either core: for a [`Level`](zokio_board::Level) of that core. Both cores use
/// one vector table, so levels on two cores need two numbers.
///
/// The program binds three interrupts, and enables them on the level's core: this one, the one by which the other core asks for it, and
/// the core's alarm, so that deadlines are kept while the thread computes:
///
/// ```ignore
/// static URGENT: Level<CoreInterrupt<1, 41>, second::Timer, second::Clock> = Level::new();
///
/// zokio_cortex_m::interrupts! {
///     41 => URGENT.on_interrupt(),
///     sse200::ASKED_INTERRUPT => sse200::on_asked(),
///     CoreTimer::<1>::ALARM_INTERRUPT => { CoreTimer::<1>::on_alarm(); URGENT.pend() },
/// }
/// ```
///
/// # Panics
/// Where the level is started: on the other core, or if the other core's way to raise it is not enabled.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CoreInterrupt<const CORE: usize, const NUMBER: u16>;

impl<const CORE: usize, const NUMBER: u16> Pend for CoreInterrupt<CORE, NUMBER> {
    fn pend() {
        const { assert!(CORE < 2 && NUMBER < MOST, "an SSE-200 has two cores, and 128 interrupts are known here") };
        if core() == CORE {
            return raise(NUMBER);
        }
        // Release: what was written before is seen by the handler.
        ASKED_FOR[CORE][NUMBER as usize / 32].fetch_or(1 << (NUMBER % 32), Ordering::Release);
        ASKED.raise(CORE);
    }

    fn enabled() -> bool {
        let here = core();
        assert!(
            here == CORE,
            "the level of core {CORE} was started on core {here}: a level is started, and its interrupts are enabled, on its own core"
        );
        assert!(
            interrupt_enabled(ASKED_INTERRUPT),
            "interrupt {ASKED_INTERRUPT} is not enabled on core {CORE}, so the other core could not wake its level"
        );
        interrupt_enabled(NUMBER)
    }

    fn unpark_thread() {
        super::CoreUnparker::<CORE>.unpark();
    }
}

/// What the handler of [`ASKED_INTERRUPT`] calls, on both cores: raises what the other core wants raised here.
pub fn on_asked() {
    let here = core();
    ASKED.take_back(here);
    for (word, asked) in ASKED_FOR[here].iter().enumerate() {
        // Acquire: pairs with the release in `pend`.
        let mut bits = asked.swap(0, Ordering::Acquire);
        while bits != 0 {
            raise(32 * word as u16 + bits.trailing_zeros() as u16);
            bits &= bits - 1;
        }
    }
}
