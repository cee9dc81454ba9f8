//! What every I/O driver must do whatever its system is and whatever else it can do, as one list of cases: nothing but waits for
//! readiness, cancelling, deadlines and the end. Each adapter's tests take this in by its path.

mod account;
mod waits;

pub use account::Account;

use std::fmt::Debug;
use zokio_core::driver::IoDriver;

/// A driver under test, and connections whose other ends are somebody else's: a socket's, another process's.
pub trait World: Sized {
    type Driver: IoDriver<Handle: Debug + PartialEq, Error: Debug>;
    /// The other end of a connection.
    type Peer;
    /// How many connections a case may have, at least one.
    const CONNECTIONS: usize;

    fn account(&mut self) -> &mut Account<Self::Driver>;

    /// A connection on which nothing has happened yet; to be closed by the driver.
    fn connection(&mut self) -> (Handle<Self>, Self::Peer);

    /// Has the other end send `bytes`.
    fn say(&mut self, peer: &mut Self::Peer, bytes: &[u8]);

    /// Has the other end go.
    fn leave(&mut self, peer: Self::Peer);

    /// Reads `want` bytes from our end.
    fn take(&mut self, handle: Handle<Self>, want: usize) -> Vec<u8>;

    fn is_open(&self, handle: Handle<Self>) -> bool;
}

pub type Handle<W> = <<W as World>::Driver as IoDriver>::Handle;

pub type Case<W> = (&'static str, fn(W));

/// All of them.
pub fn cases<W: World>() -> Vec<Case<W>> {
    vec![
        ("nops_end", waits::nops_end),
        ("readiness_is_told", waits::readiness_is_told),
        ("a_look_sees_what_is_ready", waits::a_look_sees_what_is_ready),
        ("only_what_is_ready_ends", waits::only_what_is_ready_ends),
        ("a_crowd_of_waits", waits::a_crowd_of_waits),
        ("more_waits_than_there_is_room_for", waits::more_waits_than_there_is_room_for),
        ("deadlines", waits::deadlines),
        ("a_cancelled_wait_ends_once", waits::a_cancelled_wait_ends_once),
        ("cancelled_waits_of_a_crowd_end", waits::cancelled_waits_of_a_crowd_end),
        ("a_cancel_does_not_reach_the_next_wait", waits::a_cancel_does_not_reach_the_next_wait),
        ("a_turn_that_tells_cancels_does_not_sleep", waits::a_turn_that_tells_cancels_does_not_sleep),
        ("drained_waits_end_and_it_goes_on", waits::drained_waits_end_and_it_goes_on),
        ("the_peer_s_end_is_readable", waits::the_peer_s_end_is_readable),
        ("what_it_cannot_do_is_refused", waits::what_it_cannot_do_is_refused),
    ]
}
