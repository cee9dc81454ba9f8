//! One test suite for the core, `no_std`, run on the host, in wasm and on every board.
//!
//! Most tests are deterministic: they run a small executor of their own over [virtual time](virtual_time), as ordinary
//! values on the stack of whatever machine this is. The [`platform`] tests run on the machine's own executor and clock.
//! Every machine runs the same list; [`COUNT`] says how long it is.
#![no_std]

mod barrier;
mod broadcast;
mod cancel;
mod chaining;
mod channel;
mod executor;
mod future;
mod group;
mod handles;
mod interrupted;
mod memory;
mod once;
mod oneshot;
mod platform;
mod polling;
mod rwlock;
mod scope;
mod semaphore;
mod spsc;
mod stats;
mod strategy;
mod sync;
mod task;
mod time;
pub mod virtual_time;
mod watch;

pub use platform::Platform;
use zokio_core::time::Clock;

/// What a test says: nothing, or which expectation did not hold.
pub type Outcome = Result<(), &'static str>;

/// Fails the test unless the condition holds.
macro_rules! check {
    ($condition:expr) => {
        if !$condition {
            return Err($crate::place!($condition));
        }
    };
}
pub(crate) use check;

/// Where a check is and what it says. The text of all checks would take a seventh of a small board's flash, so there it is
/// the place only.
#[cfg(not(target_os = "none"))]
macro_rules! place {
    ($condition:expr) => {
        concat!(file!(), ":", line!(), ": ", stringify!($condition))
    };
}
#[cfg(target_os = "none")]
macro_rules! place {
    ($condition:expr) => {
        concat!(file!(), ":", line!())
    };
}
pub(crate) use place;

/// Runs a test by a call, so that what it has on the stack is there as long as it runs, and no longer.
#[inline(never)]
fn alone(test: fn() -> Outcome) -> Outcome {
    test()
}

macro_rules! suite {
    ($($module:ident: $($test:ident)*;)* => $($on_platform:ident)*) => {
        /// How many tests there are.
        pub const COUNT: usize = [$($(stringify!($test),)*)* $(stringify!($on_platform),)*].len();

        /// Runs every test and tells `log` the name and the outcome of each. Returns how many passed.
        ///
        /// Call it from the machine's own executor, whose spawner and clock are in `platform`.
        pub async fn run<C: Clock + Send + 'static>(
            platform: Platform<C>,
            mut log: impl FnMut(&'static str, Outcome),
        ) -> usize {
            let mut passed = 0;
            let mut note = |name, outcome: Outcome| {
                passed += usize::from(outcome.is_ok());
                log(name, outcome);
            };
            $($(note(concat!(stringify!($module), "::", stringify!($test)), alone($module::$test));)*)*
            $(note(concat!("platform::", stringify!($on_platform)), platform.limited(platform::$on_platform(&platform)).await);)*
            passed
        }
    };
}

suite! {
    executor:
        order_is_first_in_first_out
        a_self_waking_task_starves_nobody
        a_self_waking_root_starves_nobody
        the_budget_bounds_a_turn
        turns_are_counted
        a_deadlock_is_an_error
        the_root_future_may_borrow;
    strategy:
        urgent_levels_go_first
        an_urgent_wake_overtakes_in_the_same_turn
        low_levels_get_their_share
        urgent_tasks_do_not_starve_timers
        the_earliest_deadline_goes_first
        deadlines_beyond_the_capacity_wait_in_order
        late_tasks_do_not_starve_the_others
        a_heap_of_deadlines_is_in_order
        each_spawn_brings_its_deadline
        ready_tasks_outlive_a_change_of_strategy;
    stats:
        totals_add_up
        a_deadlock_names_the_stuck
        a_full_roster_keeps_what_it_has;
    task:
        a_result_comes_through_the_handle
        a_result_is_taken_once
        abort_drops_the_future
        abort_after_the_end_changes_nothing
        a_dropped_handle_detaches
        an_output_nobody_wants_is_dropped
        a_full_pool_gives_the_task_back
        a_full_arena_gives_the_task_back
        arena_slots_are_used_again
        a_stale_waker_is_harmless
        a_stale_waker_in_the_queue_keeps_the_slot
        tasks_have_names
        a_task_may_end_while_it_is_woken
        joins_can_be_dropped
        a_function_can_be_started_again;
    scope:
        children_borrow_from_the_parent
        the_scope_waits_for_its_children
        a_child_can_be_aborted
        a_dropped_scope_drops_its_children
        a_full_scope_gives_the_future_back;
    time:
        timers_fire_in_order
        equal_deadlines_keep_their_order
        a_dropped_sleep_is_unlinked
        a_deadline_in_the_past_is_now
        a_sleep_can_be_reset
        timeouts_say_who_won
        a_ready_future_beats_its_timeout
        intervals_deliver_what_was_missed
        intervals_can_delay
        intervals_can_skip
        an_interval_is_a_stream
        a_far_deadline_does_not_block_a_near_one
        the_next_deadline_is_told;
    sync:
        a_mutex_excludes_across_an_await
        a_mutex_is_fair
        notify_one_is_kept_once
        notify_all_reaches_those_who_wait
        a_signal_holds_the_latest
        a_signal_is_not_overtaken
        a_pipe_wraps_and_holds_back;
    channel:
        values_keep_their_order
        a_full_channel_holds_back
        senders_are_served_in_order
        close_lets_the_rest_through
        close_gives_values_back
        a_permit_outlives_close
        try_operations_overtake_nobody
        what_is_left_is_dropped;
    cancel:
        a_dropped_lock_hands_on
        a_dropped_notified_hands_on
        a_dropped_receiver_hands_on
        a_dropped_sender_hands_on
        a_dropped_signal_wait_hands_on
        every_prefix_of_a_receive
        every_prefix_of_a_send;
    semaphore:
        permits_bound_how_many_run
        a_big_request_is_not_overtaken
        a_dropped_big_request_lets_the_small_go
        permits_can_be_used_up_and_added
        a_closed_semaphore_refuses
        every_prefix_of_an_acquire;
    rwlock:
        writers_exclude_and_readers_share
        readers_behind_a_writer_wait
        a_dropped_writer_lets_readers_in
        a_writer_can_go_on_as_a_reader
        every_prefix_of_a_read_and_a_write;
    barrier:
        all_go_on_together
        a_barrier_for_one_holds_up_nobody
        every_prefix_of_a_wait_leaves_the_count_right
        a_wait_that_is_over_does_not_count;
    once:
        one_makes_the_value_for_all
        a_cell_is_set_once
        a_cancelled_init_hands_on
        a_failed_init_hands_on
        every_prefix_of_an_init;
    oneshot:
        the_value_arrives
        a_dropped_sender_closes
        a_dropped_receiver_gives_the_value_back
        work_that_nobody_wants_is_given_up
        a_static_is_used_again
        every_prefix_of_a_oneshot;
    broadcast:
        each_subscriber_sees_each_value
        lag_is_reported
        every_prefix_of_a_broadcast_receive
        a_borrowed_value_is_waited_for
        a_borrowed_value_can_be_overwritten
        a_subscriber_is_a_stream
        old_values_are_dropped;
    watch:
        each_watcher_learns_the_latest
        a_watcher_begins_with_the_present
        a_watcher_is_a_stream
        every_prefix_of_a_change
        a_value_that_is_looked_at_is_waited_for
        a_value_that_is_looked_at_can_be_replaced
        replaced_values_are_dropped;
    handles:
        the_last_sender_closes
        what_was_sent_outlives_the_sender
        a_dropped_receiver_closes_and_empties
        a_static_channel_is_split_again
        a_receiver_is_a_stream;
    spsc:
        values_pass_in_order_between_two_tasks
        a_full_ring_holds_back
        either_end_closes
        a_value_wakes_a_receiver_once
        a_receiving_end_is_a_stream
        what_a_receiver_leaves_is_dropped
        every_prefix_of_a_send_and_a_receive;
    future:
        join_waits_for_all
        join_takes_arrays
        race_drops_the_losers
        select_is_fair
        select_can_be_biased
        yield_lets_the_others_run;
    chaining:
        one_after_the_other
        the_first_is_dropped_before_the_second_begins
        every_prefix_drops_everything_once;
    memory:
        a_general_strategy_keeps_what_it_gave
        an_arena_begins_again_when_it_is_empty
        a_fixed_buffer_is_a_stack
        a_stack_falls_back
        an_adaptive_strategy_moves_its_bound
        what_is_too_large_is_refused;
    group:
        what_completes_first_comes_first
        a_full_group_gives_the_future_back
        a_group_is_fair
        every_prefix_of_a_next
        one_wake_is_one_poll
        bits_that_are_shared_wake_all_who_share
        bits_outlive_their_group
        a_child_wakes_who_joins_it_in_a_group;
    => sleeps_are_never_early
       the_clock_never_goes_back
       short_sleeps_in_order
       a_timeout_on_the_real_clock
       spawned_tasks_run_beside_us
       spawn_from_a_send_spawner
       a_channel_between_tasks
       many_timers_at_once
}
