//! What is interrupted, what the interrupt does meanwhile, and what must be true afterwards.

mod cancel;
mod channels;
mod composed;
mod crowds;
mod grants;
mod oneshot;
mod pipe;
mod pools;
mod queues;
mod ready;
mod spsc;
mod tally;
mod tasks;
mod timers;
mod unnamed;

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
pub(crate) const COUNT: usize = 78;

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
            cancel::dropped::<M, grants::Lock>(),
            cancel::granted::<M, grants::Lock>(),
            cancel::granted::<M, grants::Write>(),
            cancel::dropped::<M, grants::Permit>(),
            cancel::granted::<M, grants::Permit>(),
            cancel::dropped::<M, grants::Notification>(),
            cancel::granted::<M, grants::Notification>(),
            cancel::dropped::<M, grants::Value>(),
            cancel::granted::<M, grants::Value>(),
            cancel::dropped::<M, grants::Room>(),
            cancel::granted::<M, grants::Room>(),
            cancel::dropped_alone::<M, grants::Signalled>(),
            cancel::brought::<M, grants::Signalled>(),
            tasks::give_up_on(),
            tasks::give_up_on_what_ends(),
            crowds::dropped::<M, crowds::Sent>(),
            crowds::told::<M, crowds::Sent>(),
            crowds::dropped::<M, crowds::Seen>(),
            crowds::told::<M, crowds::Seen>(),
            crowds::dropped_at_a_barrier(),
            crowds::last_at_a_barrier(),
            spsc::receive(),
            spsc::send(),
            spsc::wait_for_room(),
            spsc::make_room(),
            cancel::dropped::<M, grants::Reservation>(),
            cancel::granted::<M, grants::Reservation>(),
            crowds::dropped::<M, crowds::Readable>(),
            crowds::told::<M, crowds::Readable>(),
            cancel::dropped::<M, grants::Right>(),
            cancel::granted::<M, grants::Right>(),
            crowds::dropped::<M, crowds::Made>(),
            crowds::told::<M, crowds::Made>(),
            oneshot::dropped(),
            oneshot::sent(),
            oneshot::received(),
            cancel::dropped::<M, composed::Raced>(),
            cancel::granted::<M, composed::Raced>(),
            cancel::dropped::<M, composed::Selected>(),
            cancel::granted::<M, composed::Selected>(),
            cancel::dropped::<M, composed::Joined>(),
            cancel::granted::<M, composed::Joined>(),
            cancel::dropped::<M, composed::Grouped>(),
            cancel::granted::<M, composed::Grouped>(),
            cancel::dropped::<M, composed::GroupedWithBits>(),
            cancel::granted::<M, composed::GroupedWithBits>(),
            cancel::dropped::<M, composed::Timed<M>>(),
            cancel::granted::<M, composed::Timed<M>>(),
            queues::push_to_one(),
            queues::pop_from_one(),
            queues::push_among_many(),
            queues::pop_among_many(),
            queues::find_nothing(),
            queues::push_to_thieves(),
            queues::pop_before_thieves(),
            queues::steal_from_its_owner(),
            pools::claim(),
            pools::claim_again(),
            pools::release(),
            pipe::write(),
            pipe::read(),
            pipe::give_up_reading(),
            pipe::write_to_who_gives_up(),
            pipe::give_up_writing(),
            pipe::read_from_who_gives_up(),
        ]
    }
}

/// `Err(why)` unless `holds`.
fn ensure(holds: bool, why: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(why) }
}
