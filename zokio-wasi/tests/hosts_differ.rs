//! What hosts of preview 1 make of `poll_oneoff`, each with the test that shows what the driver makes of that. The hosts of these
//! tests are played in `sim`, with the manners that were measured on the real ones; three real ones are in `real_host`.
//!
//! | case | what hosts do |
//! |---|---|
//! | no subscription at all | an error on most, a pause or a hang on others |
//! | a timeout of nothing, or of less than a millisecond | Node looks at no descriptor |
//! | half a millisecond | Node is early: it truncates to milliseconds |
//! | one and a half | Node is early, again |
//! | an absolute monotonic time | hangs on Node |
//! | an absolute time of day | hangs on Node, refused by others |
//! | two clocks | Node tells one, the browser's shim refuses |
//! | clock and standard input | Node refuses where it is a file |
//! | clock and a descriptor that is ready | Node drops the clock |
//! | a descriptor that is not open | some fail as a whole, Node tells of a timer that nobody asked for |
//! | … before one that is open | Node crashes |
//! | both directions of one descriptor | Node loses the second |
//! | a regular file | Node refuses as a whole |
//! | `/dev/null` | wasmi ends the module |
//! | a directory | two different errors |
//! | standard output | Node refuses where it is a file |
//! | closed while it is waited for | as one that is not open |
//! | readiness that is not there | wasmi tells all as ready if one is |
//! | non-blocking standard input | wasmtime refuses |
//! | the order of events | three different ones |
//! | the number of bytes | one, the true one, none, or anything |
//! | what a subscription costs | half a microsecond to sixteen |
//! | two subscriptions, of which the clock ends | up to 1.3 ms late |
//! | the clock alone | a tenth of a millisecond late, or as above |

/// Where each row's test is, in the order of the table.
const ROWS: &[(&str, &str)] = &[
    ("timers.rs", "nothing_to_wait_for_never_reaches_the_host"),
    ("descriptors.rs", "a_look_sees_what_is_ready_on_every_host"),
    ("timers.rs", "a_host_that_truncates_to_milliseconds_is_early_once"),
    ("timers.rs", "no_sleep_ends_early_on_any_host"),
    ("timers.rs", "no_timeout_is_an_absolute_time"),
    ("timers.rs", "no_timeout_is_an_absolute_time"),
    ("runtime.rs", "sleeps_end_in_the_order_of_their_deadlines_on_every_host"),
    ("stdio.rs", "a_file_that_looks_like_a_pipe_is_read_all_the_same"),
    ("descriptors.rs", "slices_do_not_delay_a_deadline"),
    ("offenders.rs", "an_offender_may_be_named_by_its_event_only"),
    ("offenders.rs", "a_descriptor_that_is_not_open_never_gets_near_the_host"),
    ("descriptors.rs", "both_directions_of_one_descriptor_are_served"),
    ("descriptors.rs", "files_and_devices_are_never_polled"),
    ("descriptors.rs", "files_and_devices_are_never_polled"),
    ("descriptors.rs", "files_and_devices_are_never_polled"),
    ("stdio.rs", "output_to_a_file_is_written_without_asking_the_host_to_wait"),
    ("offenders.rs", "a_descriptor_closed_behind_the_back_fails_alone"),
    ("descriptors.rs", "stale_readiness_does_not_block_what_cannot_be_nonblocking"),
    ("stdio.rs", "the_parent_s_descriptors_stay_as_they_are"),
    ("random.rs", "all_bytes_come_once_and_in_order"),
    ("stdio.rs", "what_a_host_says_of_the_number_of_bytes_is_not_believed"),
    ("descriptors.rs", "only_what_is_waited_for_is_paid_for"),
    ("timers.rs", "a_clock_event_is_only_a_hint"),
    ("timers.rs", "a_deadline_alone_is_one_relative_timeout"),
];

#[test]
fn each_difference_has_its_test() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let rows = include_str!("hosts_differ.rs").lines().filter(|line| line.starts_with("//! |")).count() - 2;
    assert_eq!(rows, ROWS.len());
    for (file, name) in ROWS {
        let text = std::fs::read_to_string(here.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(&format!("#[test]\nfn {name}()")), "{file} has no {name}");
    }
}
