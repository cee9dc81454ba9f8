//! What the strategies promise, for every way in which tasks can be spread over the levels.
// The suite has each strategy under Miri; these are many runs, and leak what lives as long as a program.
#![cfg(not(miri))]

use std::sync::{Arc, Mutex};
use std::time::Duration;
use zokio_core::driver::Wait;
use zokio_core::executor::{Deadline, Executor, Priority, Ready};
use zokio_core::future::yield_now;
use zokio_core::task::{Spawner, TaskArena, TaskKind};
use zokio_suite::virtual_time::{Park, Time};

type Arena = TaskArena<16, 64>;
/// Which level, or which task, each poll was of.
type Polls = Arc<Mutex<Vec<usize>>>;

struct Level<const PRIORITY: u8>;
impl<const PRIORITY: u8> TaskKind for Level<PRIORITY> {
    const NAME: &'static str = "level";
    const PRIORITY: u8 = PRIORITY;
    // The more urgent, the sooner; the lowest has none.
    const DEADLINE: Option<Duration> = match PRIORITY {
        0 => None,
        priority => Some(Duration::from_millis(40 - 10 * priority as u64)),
    };
}

/// A task that is always ready.
fn spin<const PRIORITY: u8>(spawner: Spawner, arena: &'static Arena, polls: &Polls, who: usize) {
    let polls = polls.clone();
    let task = arena.task(async move {
        loop {
            polls.lock().unwrap().push(who);
            yield_now().await;
        }
    });
    spawner.spawn(task.kind(Level::<PRIORITY>)).unwrap().detach();
}

fn spin_at(priority: usize, spawner: Spawner, arena: &'static Arena, polls: &Polls, who: usize) {
    match priority {
        0 => spin::<0>(spawner, arena, polls, who),
        1 => spin::<1>(spawner, arena, polls, who),
        2 => spin::<2>(spawner, arena, polls, who),
        _ => spin::<3>(spawner, arena, polls, who),
    }
}

/// All ways to have none, one or two tasks in each of four levels.
fn crowds() -> impl Iterator<Item = [usize; 4]> {
    (0..81).map(|crowd| [crowd % 3, crowd / 3 % 3, crowd / 9 % 3, crowd / 27])
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

#[test]
fn in_every_window_each_level_has_its_poll() {
    const SHARE: usize = 5;
    for crowd in crowds() {
        let time = leak(Time::new());
        let mut executor =
            Executor::new(leak(Ready::new()), Park(time), time).with_strategy(Priority::<4, SHARE>::new());
        let (arena, polls) = (leak(Arena::new()), Polls::default());
        for (level, count) in crowd.into_iter().enumerate() {
            (0..count).for_each(|_| spin_at(level, executor.spawner(), arena, &polls, level));
        }
        for _ in 0..5 {
            let _ = executor.turn(Wait::Poll).unwrap();
        }
        let polls = polls.lock().unwrap();
        let highest = crowd.iter().rposition(|count| *count > 0);
        for window in polls.windows(SHARE + 4) {
            for (level, count) in crowd.into_iter().enumerate() {
                assert_eq!(window.contains(&level), count > 0, "level {level} of {crowd:?} in {window:?}");
            }
        }
        // And the most urgent ones have the rest: each lower level has one poll in more than SHARE.
        for (level, count) in crowd.into_iter().enumerate() {
            let its = polls.iter().filter(|poll| **poll == level).count();
            if count > 0 && Some(level) != highest {
                assert!(its <= polls.len().div_ceil(SHARE + 1), "level {level} of {crowd:?}: {its} of {}", polls.len());
            }
        }
    }
}

/// Deadlines that each spawn brings along, from none to an hour: a task is passed by others until its own is the earliest, and those
/// without one have a poll in four.
#[test]
fn every_task_has_its_poll_whatever_deadline_it_brings() {
    const MILLIS: [u64; 6] = [0, 1, 5, 40, 200, 3_600_000];
    for hurried in 1..6 {
        let time = leak(Time::new());
        let mut executor = Executor::new(leak(Ready::new()), Park(time), time).with_strategy(Deadline::<16, 3>::new());
        let (arena, polls) = (leak(TaskArena::<16, 64>::new()), Polls::default());
        let tasks = MILLIS.len() * hurried.min(2);
        for who in 0..tasks {
            let polls = polls.clone();
            let task = arena.task(async move {
                loop {
                    polls.lock().unwrap().push(who);
                    yield_now().await;
                }
            });
            let within = Duration::from_millis(MILLIS[who % MILLIS.len()]);
            match who {
                0 => executor.spawner().spawn(task).unwrap().detach(),
                _ => executor.spawner().spawn(task.deadline(within)).unwrap().detach(),
            }
        }
        executor.set_budget(1);
        // Two hours, of which each poll takes a while.
        let step: usize = [400, 700, 1_300, 5_000, 9_000][hurried - 1];
        for _ in 0..3_600_000 / step * 2 {
            let _ = executor.turn(Wait::Poll).unwrap();
            time.pass(step);
        }
        let polls = polls.lock().unwrap();
        for who in 0..tasks {
            let its: Vec<usize> = (0..polls.len()).filter(|&poll| polls[poll] == who).collect();
            let within = if who == 0 { 0 } else { MILLIS[who % MILLIS.len()] };
            // Until its deadline is the earliest, then at most every other one once, and the one without in between.
            let longest = usize::try_from(within).unwrap() / step + 2 * tasks + 4;
            let mut before = 0;
            for poll in its.into_iter().chain([polls.len()]) {
                assert!(poll - before <= longest, "task {who} of {tasks}, {step} ms a poll: {before} to {poll}");
                before = poll;
            }
        }
    }
}

#[test]
fn every_task_has_its_poll_however_late_all_are() {
    for crowd in crowds().filter(|crowd| crowd.iter().sum::<usize>() > 0) {
        let time = leak(Time::new());
        // Room for two in the heap, so that with many tasks some wait outside.
        let mut executor = Executor::new(leak(Ready::new()), Park(time), time).with_strategy(Deadline::<2, 3>::new());
        let (arena, polls) = (leak(Arena::new()), Polls::default());
        let mut tasks = 0;
        for (level, count) in crowd.into_iter().enumerate() {
            (0..count).for_each(|index| spin_at(level, executor.spawner(), arena, &polls, tasks + index));
            tasks += count;
        }
        executor.set_budget(1);
        for _ in 0..400 {
            let _ = executor.turn(Wait::Poll).unwrap();
            // Each poll takes a while, so that sooner or later everything is late.
            time.pass(7);
        }
        let polls = polls.lock().unwrap();
        // A deadline is at most 30 ms after the wake-up: others pass a task that waits for as long as that, and each of those
        // that wait outside of the heap has one of four polls in turn.
        for window in polls.windows(64) {
            (0..tasks).for_each(|task| assert!(window.contains(&task), "task {task} of {crowd:?} in {window:?}"));
        }
    }
}
