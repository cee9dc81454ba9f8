//! What every I/O driver must do whatever its system is, as three lists of cases, by what a world has: [`cases`] need nothing but waits
//! for readiness, cancelling, deadlines and the end; [`stream_cases`] receive, on as few as one connection; [`socket_cases`]
//! accept and send, too. Each adapter's tests take this in by its path.
#![allow(dead_code, reason = "not every adapter has every kind of world")]

pub mod account;
mod cancel;
mod ends;
mod many;
mod receive;
mod transfer;
mod waits;

pub use account::Account;

use std::fmt::Debug;
use std::ops::DerefMut;
use zokio_core::driver::{Errno, IoDriver, RecvPool};

/// A driver under test with its account, and connections whose other ends are somebody else's: a socket's, another process's.
pub trait World: Sized + DerefMut<Target = Account<<Self as World>::Driver>> {
    type Driver: IoDriver<Handle: Debug + PartialEq, Error: Debug>;
    /// The other end of a connection.
    type Peer;
    /// How many connections a case may have, at least one.
    const CONNECTIONS: usize;

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

/// A world whose driver receives, into memory and into buffers of its own.
pub trait Streams: World<Driver: RecvPool> {
    /// What an operation on [`no_connection`](Self::no_connection) may say.
    fn no_connection_says() -> Vec<Errno>;

    /// The same with a new driver, which has so many buffers of this size. What was in flight on the old one goes with it.
    fn with_buffers(self, count: u16, size: u32) -> Self;

    /// Has the other end send these bytes one by one, with pauses, while the case goes on.
    fn drip(&mut self, peer: &mut Self::Peer, bytes: &[u8]);

    /// The handle of something that is open and no connection.
    fn no_connection(&mut self) -> Handle<Self>;
}

/// A world of sockets.
pub trait Sockets: Streams {
    /// Keeps a listener open.
    type Listener;
    /// What receiving from a connection that was reset says.
    const RESET: Errno;
    /// Whether the system gives the number of a closed handle to the next.
    const REUSES_NUMBERS: bool;

    /// What sending on a connection that was reset may say.
    fn dead_peer_says() -> Vec<Errno>;

    fn listener(&mut self) -> (Self::Listener, Handle<Self>);

    /// Nobody connects there any more, and nothing is in flight on it.
    fn close_listener(&mut self, listener: Self::Listener) {
        drop(listener);
    }

    /// Has somebody connect.
    fn dial(&mut self, listener: &Self::Listener) -> Self::Peer;

    /// The handle that an accept has resulted in.
    fn accepted(result: u32) -> Handle<Self>;

    /// Some of what the other end has received by now; `None` is nothing, and an empty list the end.
    fn hear(&mut self, peer: &mut Self::Peer) -> Option<Vec<u8>>;

    /// Has the other end go without a word.
    fn reset(&mut self, peer: Self::Peer);

    /// As [`say`](World::say), the last byte as urgent.
    fn say_urgent(&mut self, peer: &mut Self::Peer, bytes: &[u8]);

    /// How many handles are open, whoever opened them.
    fn open_handles(&mut self) -> usize;

    /// Bounds what our end takes of bytes that the other has no room for, where the system lets one; whether anything does.
    fn make_room_small(&mut self, _handle: Handle<Self>) -> bool {
        true
    }

    /// Whether a child process inherits the open `handle`, where there are such.
    fn is_inherited(&self, _handle: Handle<Self>) -> bool {
        false
    }
}

pub type Handle<W> = <<W as World>::Driver as IoDriver>::Handle;

pub type Case<W> = (&'static str, fn(W));

/// For every driver.
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

/// For drivers that receive.
pub fn stream_cases<W: Streams>() -> Vec<Case<W>> {
    vec![
        ("recv_at_once_and_later", receive::recv_at_once_and_later),
        ("recv_pooled_lends_a_buffer", receive::recv_pooled_lends_a_buffer),
        ("operations_are_bounded", receive::operations_are_bounded),
        ("end_of_stream", receive::end_of_stream),
        ("bad_handles_are_errors", receive::bad_handles_are_errors),
        ("a_drained_driver_goes_on", receive::a_drained_driver_goes_on),
        ("unparker_outlives_the_driver", receive::unparker_outlives_the_driver),
        ("cancel_ends_once_and_loses_no_bytes", cancel::cancel_ends_once_and_loses_no_bytes),
        ("cancel_of_what_is_not_in_flight", cancel::cancel_of_what_is_not_in_flight),
        ("cancel_does_not_reach_the_next_use_of_a_slot", cancel::cancel_does_not_reach_the_next_use_of_a_slot),
        ("cancel_race_on_receive", cancel::cancel_race_on_receive),
        ("mass_cancel", cancel::mass_cancel),
        ("a_turn_that_delivers_does_not_sleep", cancel::a_turn_that_delivers_does_not_sleep),
        ("receives_again_and_again", many::receives_again_and_again),
        ("receives_until_there_is_no_buffer", many::receives_until_there_is_no_buffer),
        ("receives_until_it_is_cancelled", many::receives_until_it_is_cancelled),
        ("polls_again_and_again", many::polls_again_and_again),
    ]
}

/// For drivers that accept and send.
pub fn socket_cases<W: Sockets>() -> Vec<Case<W>> {
    vec![
        ("poll_tells_readiness", transfer::poll_tells_readiness),
        ("polls_wait_for_room", transfer::polls_wait_for_room),
        ("polls_wait_for_connections", transfer::polls_wait_for_connections),
        ("who_comes_is_accepted", transfer::who_comes_is_accepted),
        ("recv_pooled_without_a_buffer_loses_nothing", receive::recv_pooled_without_a_buffer_loses_nothing),
        ("idle_connections_own_no_buffer", receive::idle_connections_own_no_buffer),
        ("partial_sends_and_receives", transfer::partial_sends_and_receives),
        ("sends_without_a_copy_end_once", transfer::sends_without_a_copy_end_once),
        ("both_directions_at_once", transfer::both_directions_at_once),
        ("urgent_data_does_not_stall", transfer::urgent_data_does_not_stall),
        ("connection_reset", ends::connection_reset),
        ("connection_reset_before_it_is_read", ends::connection_reset_before_it_is_read),
        ("send_to_a_dead_peer", ends::send_to_a_dead_peer),
        ("close_closes_and_the_number_is_reusable", ends::close_closes_and_the_number_is_reusable),
        ("cancel_race_on_accept_leaks_no_handle", cancel::cancel_race_on_accept_leaks_no_handle),
        ("drain_ends_everything", ends::drain_ends_everything),
        ("drop_with_operations_in_flight", ends::drop_with_operations_in_flight),
        ("accepts_again_and_again", many::accepts_again_and_again),
        ("accepted_while_it_is_cancelled_leaks_no_handle", many::accepted_while_it_is_cancelled_leaks_no_handle),
    ]
}
