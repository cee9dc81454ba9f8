//! What is interrupted, what the interrupt does meanwhile, and what must be true afterwards.

mod cancel;
mod channels;
mod ready;
mod tasks;
mod timers;

use crate::machine::Machine;
use crate::stage::Stage;

pub(crate) use channels::start_receivers;

/// One stretch of the program.
pub(crate) struct Section<M: Machine> {
    /// What it is called.
    pub name: &'static str,
    /// Brings everything to where the section begins.
    pub prepare: fn(&mut Stage<M>),
    /// What is interrupted at every boundary. Takes the same way each time, and asks no clock.
    pub run: fn(&mut Stage<M>),
    /// What the interrupt does.
    pub interrupt: fn(),
    /// Whether all is as it should be, after a run without an interrupt or with one that came when the log had so many
    /// entries.
    pub check: fn(&mut Stage<M>, Option<usize>) -> Result<(), &'static str>,
}

/// How many sections there are.
pub(crate) const COUNT: usize = 25;

/// All of them.
pub(crate) const fn sections<M: Machine>() -> &'static [Section<M>; COUNT] {
    const {
        &[
            ready::wake(),
            ready::pop_and_poll(),
            tasks::claim(),
            tasks::end(),
            tasks::abort(),
            timers::arm_and_cancel(),
            timers::fire(),
            channels::send(),
            channels::receive(),
            channels::wait_for_a_place(),
            channels::signal(),
            channels::notify(),
            tasks::abort_from_the_interrupt(),
            cancel::dropped::<M, cancel::Lock>(),
            cancel::granted::<M, cancel::Lock>(),
            cancel::dropped::<M, cancel::Write>(),
            cancel::granted::<M, cancel::Write>(),
            cancel::dropped::<M, cancel::Permit>(),
            cancel::granted::<M, cancel::Permit>(),
            cancel::dropped::<M, cancel::Notification>(),
            cancel::granted::<M, cancel::Notification>(),
            cancel::dropped::<M, cancel::Value>(),
            cancel::granted::<M, cancel::Value>(),
            cancel::dropped::<M, cancel::Room>(),
            cancel::granted::<M, cancel::Room>(),
        ]
    }
}

/// `Err(why)` unless `holds`.
fn ensure(holds: bool, why: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(why) }
}
