//! What every I/O driver must do, as one list of tests.

mod cancel;
mod drain;
mod ends;
#[cfg(unix)]
mod files;
mod many;
mod park;
mod queues;
mod transfer;

use super::every;
use super::rig::{Rig, Size, Subject};
use rustix::io::Errno as Os;
use zokio_core::driver::Errno;

pub type Case<S> = (&'static str, fn(Rig<S>));

/// All tests for drivers of kind `S`.
pub fn cases<S: Subject>() -> Vec<Case<S>> {
    let mut cases: Vec<Case<S>> = vec![
        ("poll_tells_readiness", transfer::poll_tells_readiness),
        ("polls_wait_for_room", transfer::polls_wait_for_room),
        ("polls_wait_for_connections", transfer::polls_wait_for_connections),
        ("accept_and_connect", transfer::accept_and_connect),
        ("recv_at_once_and_later", transfer::recv_at_once_and_later),
        ("recv_pooled_lends_a_buffer", transfer::recv_pooled_lends_a_buffer),
        ("recv_pooled_without_a_buffer_loses_nothing", transfer::recv_pooled_without_a_buffer_loses_nothing),
        ("idle_connections_own_no_buffer", transfer::idle_connections_own_no_buffer),
        ("partial_sends_and_receives", transfer::partial_sends_and_receives),
        ("sends_without_a_copy_end_once", transfer::sends_without_a_copy_end_once),
        ("both_directions_at_once", transfer::both_directions_at_once),
        ("urgent_data_does_not_stall", transfer::urgent_data_does_not_stall),
        ("end_of_stream", ends::end_of_stream),
        ("connection_reset", ends::connection_reset),
        ("connection_reset_before_it_is_read", ends::connection_reset_before_it_is_read),
        ("send_to_a_dead_peer", ends::send_to_a_dead_peer),
        ("connect_refused", ends::connect_refused),
        ("bad_handles_are_errors", ends::bad_handles_are_errors),
        ("close_closes_and_the_number_is_reusable", ends::close_closes_and_the_number_is_reusable),
        ("cancel_ends_once_and_loses_no_bytes", cancel::cancel_ends_once_and_loses_no_bytes),
        ("cancel_of_what_is_not_in_flight", cancel::cancel_of_what_is_not_in_flight),
        ("cancel_does_not_reach_the_next_use_of_a_slot", cancel::cancel_does_not_reach_the_next_use_of_a_slot),
        ("cancel_race_on_receive", cancel::cancel_race_on_receive),
        ("cancel_race_on_accept_leaks_no_handle", cancel::cancel_race_on_accept_leaks_no_handle),
        ("mass_cancel", cancel::mass_cancel),
        ("a_turn_that_delivers_does_not_sleep", cancel::a_turn_that_delivers_does_not_sleep),
        ("operations_are_bounded", queues::operations_are_bounded),
        ("unpark_from_another_thread", park::unpark_from_another_thread),
        ("unpark_is_a_sticky_token", park::unpark_is_a_sticky_token),
        ("unparker_outlives_the_driver", park::unparker_outlives_the_driver),
        ("drain_ends_everything", drain::drain_ends_everything),
        ("a_drained_driver_goes_on", drain::a_drained_driver_goes_on),
        ("drop_with_operations_in_flight", drain::drop_with_operations_in_flight),
        ("receives_again_and_again", many::receives_again_and_again),
        ("receives_until_there_is_no_buffer", many::receives_until_there_is_no_buffer),
        ("receives_until_it_is_cancelled", many::receives_until_it_is_cancelled),
        ("accepts_again_and_again", many::accepts_again_and_again),
        ("accepted_while_it_is_cancelled_leaks_no_handle", many::accepted_while_it_is_cancelled_leaks_no_handle),
    ];
    cases.extend(every::cases());
    // Files have handles of another kind on Windows.
    #[cfg(unix)]
    cases.extend_from_slice(&[
        ("file_is_made_written_read_and_removed", files::file_is_made_written_read_and_removed),
        ("file_errors_are_the_platforms", files::file_errors_are_the_platforms),
        ("file_operations_end_once_each_in_a_crowd", files::file_operations_end_once_each_in_a_crowd),
        ("file_opens_that_are_cancelled_leak_no_handle", files::file_opens_that_are_cancelled_leak_no_handle),
        ("file_operations_are_drained", files::file_operations_are_drained),
    ]);
    cases
}

fn os(errno: Os) -> Errno {
    Errno(errno.raw_os_error() as u16)
}

fn resized<S: Subject>(old: Rig<S>, change: impl FnOnce(&mut Size)) -> Rig<S> {
    drop(old);
    let mut size = Size { queue_depth: 4, operations: 512, buffers: 4, buffer_size: 64 };
    change(&mut size);
    Rig::new(size)
}
