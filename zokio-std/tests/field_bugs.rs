//! What goes wrong with operations in flight, in the field, each with the tests that would find it here. Those of `runtime` and
//! `conformance` run on every driver, each on a queue of 4 entries and on the default one.
//!
//! | what | test |
//! |---|---|
//! | a future is dropped while its operation is in flight | `dropped_reads_lose_nothing`, `dropped_writes_have_written_nothing`, `dropped_connects_leave_nothing` |
//! | a stream is dropped | `dropped_streams_close`, `dropped_streams_send_what_they_accepted` |
//! | a runtime is dropped | `a_dropped_runtime_drops_its_tasks`, `streams_may_outlive_the_runtime` |
//! | a future or a stream is forgotten | `forgotten_file_operations_keep_their_buffers`, `forgotten_streams_end_with_their_runtime` |
//! | reads past the cache (`O_DIRECT`) go on after the runtime was dropped (compio, monoio, glommio) | `direct_reads_in_flight_when_the_runtime_is_dropped` |
//! | an accept is cancelled while it completes, and its descriptor leaks (tokio-uring 129) | `cancel_race_on_accept_leaks_no_handle`, `accepted_while_it_is_cancelled_leaks_no_handle`, `dropped_accepts_lose_no_connection` |
//! | an open is cancelled while it completes (tokio 7983) | `file_opens_that_are_cancelled_leak_no_handle` |
//! | a cancel is lost because the queue is full (compio) | `mass_cancel` |
//! | a cancel that loses bytes (compio 016289c) | `cancel_race_on_receive`, `receives_until_it_is_cancelled` |
//! | more completions than the queue holds (io-uring 349) | `a_crowd_of_waits`, `nops_end` |
//! | no buffer is free (liburing 1275) | `recv_pooled_without_a_buffer_loses_nothing`, `receives_until_there_is_no_buffer`, `few_buffers` |
//! | an operation that gives many results ends without being told to | `receives_until_there_is_no_buffer`, `a_flooded_stream_loses_nothing` |
//! | the kernel forgets the end of a stream (liburing 1549) | `unix_bytes_and_the_end_together`, `bytes_and_a_reset_together`, `storms` |
//! | a descriptor's number comes back | `close_closes_and_the_number_is_reusable`, `a_dropped_file_is_not_read_by_its_number` |
//! | a socket that is dropped while it waits keeps its address | `a_udp_socket_that_waits_frees_its_address_at_once` |
//! | a datagram is sent from memory that is gone, or over a descriptor that is another's by now | `a_dropped_send_of_a_datagram_is_whole_or_none`, `a_cancelled_datagram_is_whole_or_none` |
//! | a drain of thousands takes the square of their number | `operations_are_bounded` |
//! | a fork | `a_fork_disturbs_nothing_in_flight` |
//! | a ring used from another thread than its own | `wakes_from_everywhere_are_not_lost` |
//! | closing a descriptor does not end what is in flight on it (liburing 932) | `dropped_listeners_close` |
//! | accepting fails for ever once descriptors are short | `accept_recovers_when_descriptors_were_short` |
//! | a task that blocks a worker stops all I/O (tokio 4730) | `a_blocked_worker_does_not_stop_io` |

/// Where the tests are.
const FOLDERS: &[&str] = &["tests/runtime", "tests/conformance/suite", "../zokio-core/tests/conformance", "tests/load"];

#[test]
fn each_has_its_test() {
    let table = include_str!("field_bugs.rs");
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources: String = FOLDERS
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let rows =
        table.lines().filter_map(|line| line.strip_prefix("//! | ")).skip(1).filter(|row| !row.starts_with("---"));
    let mut tests = 0;
    for row in rows {
        let names: Vec<&str> = row.split('`').skip(1).step_by(2).filter(|name| !name.starts_with("O_")).collect();
        assert!(!names.is_empty(), "no test: {row}");
        for name in names {
            assert!(sources.contains(&format!("fn {name}")), "{name} is no test: {row}");
            tests += 1;
        }
    }
    assert!(tests > 25, "{tests}");
}
