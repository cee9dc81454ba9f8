//! What every I/O driver of this platform must do, as one list of tests: what every driver must, and what only these can.

mod connect;
mod datagrams;
#[cfg(unix)]
mod files;
mod park;

use super::every;
use super::rig::{Rig, Subject, os};

pub type Case<S> = (&'static str, fn(Rig<S>));

/// All tests for drivers of kind `S`.
pub fn cases<S: Subject>() -> Vec<Case<S>> {
    let mut cases: Vec<Case<S>> = vec![
        ("accept_and_connect", connect::accept_and_connect),
        ("connect_refused", connect::connect_refused),
        ("datagrams_go_to_who_is_named", datagrams::datagrams_go_to_who_is_named),
        ("datagrams_go_to_who_is_connected", datagrams::datagrams_go_to_who_is_connected),
        ("datagrams_that_cannot_go_are_errors", datagrams::datagrams_that_cannot_go_are_errors),
        ("more_datagrams_than_the_queue_has_room_for", datagrams::more_datagrams_than_the_queue_has_room_for),
        ("a_cancelled_datagram_is_whole_or_none", datagrams::a_cancelled_datagram_is_whole_or_none),
        ("unpark_from_another_thread", park::unpark_from_another_thread),
        ("unpark_is_a_sticky_token", park::unpark_is_a_sticky_token),
        ("a_drained_driver_can_be_woken", park::a_drained_driver_can_be_woken),
    ];
    cases.extend(every::stream_cases());
    cases.extend(every::socket_cases());
    cases.extend(every::cases());
    // Files have handles of another kind on Windows.
    #[cfg(unix)]
    cases.extend_from_slice(&[
        ("datagrams_wait_for_room", datagrams::datagrams_wait_for_room),
        ("file_is_made_written_read_and_removed", files::file_is_made_written_read_and_removed),
        ("file_errors_are_the_platforms", files::file_errors_are_the_platforms),
        ("file_operations_end_once_each_in_a_crowd", files::file_operations_end_once_each_in_a_crowd),
        ("file_opens_that_are_cancelled_leak_no_handle", files::file_opens_that_are_cancelled_leak_no_handle),
        ("file_operations_are_drained", files::file_operations_are_drained),
    ]);
    cases
}
