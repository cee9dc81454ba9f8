//! Strategies: who is polled next, to the letter, and that nobody is left out.

use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::time::Duration;
use portable_atomic::{AtomicU8, AtomicUsize, Ordering};
use zokio_core::driver::Wait;
use zokio_core::executor::{Deadline, Priority};
use zokio_core::future::yield_now;
use zokio_core::sync::Notify;
use zokio_core::task::{Spawner, TaskArena, TaskKind};
use zokio_core::time::Clock;

/// Who was polled, in order.
struct Record {
    seen: [AtomicU8; 48],
    len: AtomicUsize,
}

impl Record {
    const fn new() -> Self {
        Self { seen: [const { AtomicU8::new(0) }; 48], len: AtomicUsize::new(0) }
    }

    fn add(&self, who: u8) {
        if let Some(place) = self.seen.get(self.len.fetch_add(1, Ordering::Relaxed)) {
            place.store(who, Ordering::Relaxed);
        }
    }

    /// Whether exactly `expected` were polled; begins anew.
    fn take(&self, expected: &[u8]) -> bool {
        let len = self.len.swap(0, Ordering::Relaxed);
        len == expected.len() && expected.iter().zip(&self.seen).all(|(who, seen)| seen.load(Ordering::Relaxed) == *who)
    }

    /// Is polled `times` times, ready at once each time.
    async fn spin(&'static self, who: u8, times: usize) {
        for time in 0..times {
            if time > 0 {
                yield_now().await;
            }
            self.add(who);
        }
    }
}

/// For all tests: each of them ends its tasks.
static ARENA: TaskArena<16, { size_of::<[usize; 8]>() }> = TaskArena::new();

/// Spawns what [`Record::spin`] says. Once per kind, because a spawn is inlined, and flash is short.
#[inline(never)]
fn spin<K: TaskKind>(spawner: Spawner, record: &'static Record, who: u8, times: usize, kind: K) -> bool {
    spawner.spawn(ARENA.task(record.spin(who, times)).kind(kind)).is_ok()
}

/// A kind with a priority.
macro_rules! levels {
    ($($name:ident = $priority:literal)*) => {$(
        struct $name;
        impl TaskKind for $name {
            const NAME: &'static str = stringify!($name);
            const PRIORITY: u8 = $priority;
        }
    )*};
}
levels!(Plain = 0 Low = 0 Middle = 1 High = 2 Beyond = 15);

/// A kind with a deadline, in milliseconds.
macro_rules! deadlines {
    ($($name:ident = $millis:literal)*) => {$(
        struct $name;
        impl TaskKind for $name {
            const NAME: &'static str = stringify!($name);
            const DEADLINE: Option<Duration> = Some(Duration::from_millis($millis));
        }
    )*};
}
deadlines!(In1 = 1 In2 = 2 In9 = 9 In50 = 50 In57 = 57 In66 = 66);

pub(crate) fn urgent_levels_go_first() -> Outcome {
    static RECORD: Record = Record::new();
    #[zokio_core::task(priority = 2)]
    async fn high(who: u8) {
        RECORD.spin(who, 2).await;
    }
    let (sim, _) = sim!();
    let mut sim = sim.with_strategy(Priority::<3>::new());
    let spawner = sim.spawner();
    check!(spin(spawner, &RECORD, 1, 2, Plain));
    check!(spin(spawner, &RECORD, 2, 2, Middle));
    check!(spawner.spawn(high(3)).is_ok());
    check!(spin(spawner, &RECORD, 4, 1, Low));
    // More urgent than the executor has levels: in the highest.
    check!(spin(spawner, &RECORD, 5, 2, Beyond));
    check!(spin(spawner, &RECORD, 6, 1, Middle));
    let Ok(turn) = sim.run_until_stalled();
    check!(RECORD.take(&[3, 5, 3, 5, 2, 6, 2, 1, 4, 1]));
    check!((turn.polled, turn.woken, turn.completed) == (10, 10, 6));
    Ok(())
}

pub(crate) fn an_urgent_wake_overtakes_in_the_same_turn() -> Outcome {
    static RECORD: Record = Record::new();
    static ARENA: TaskArena<2, 96> = TaskArena::new();
    static GO: Notify = Notify::new();
    let (sim, _) = sim!();
    let mut sim = sim.with_strategy(Priority::<3>::new());
    let urgent = ARENA.task(async {
        GO.notified().await;
        RECORD.add(3);
    });
    check!(sim.spawner().spawn(urgent.kind(High)).is_ok());
    let wakes = ARENA.task(async {
        RECORD.add(1);
        GO.notify_one();
    });
    check!(sim.spawner().spawn(wakes).is_ok());
    check!(spin(sim.spawner(), &RECORD, 2, 1, Plain));
    let Ok(turn) = sim.turn(Wait::Poll);
    check!(turn.polled == 4);
    check!(RECORD.take(&[1, 3, 2]));
    Ok(())
}

pub(crate) fn low_levels_get_their_share() -> Outcome {
    static RECORD: Record = Record::new();
    let (sim, _) = sim!();
    let mut sim = sim.with_strategy(Priority::<3, 3>::new());
    let spawner = sim.spawner();
    // Two that never rest in the highest level.
    check!(spin(spawner, &RECORD, 8, 10, High));
    check!(spin(spawner, &RECORD, 9, 10, High));
    check!(spin(spawner, &RECORD, 1, 10, Low));
    check!(spin(spawner, &RECORD, 2, 10, Middle));
    sim.set_budget(20);
    let Ok(turn) = sim.turn(Wait::Poll);
    check!(turn.polled == 20 && turn.remaining);
    // After SHARE polls both lower levels are due; never more than SHARE + LEVELS - 1 polls pass between two of a level.
    check!(RECORD.take(&[8, 9, 8, 2, 1, 9, 8, 2, 1, 9, 8, 2, 1, 9, 8, 2, 1, 9, 8, 2]));
    let Ok(turn) = sim.run_until_stalled();
    check!(turn.completed == 4);
    Ok(())
}

pub(crate) fn urgent_tasks_do_not_starve_timers() -> Outcome {
    static ARENA: TaskArena<1, 96> = TaskArena::new();
    static RECORD: Record = Record::new();
    let (sim, time) = sim!();
    let mut sim = sim.with_strategy(Priority::<3>::new());
    check!(spin(sim.spawner(), &RECORD, 1, 300, High));
    check!(sim.spawner().spawn(ARENA.task(async move { time.sleep(Duration::from_millis(1)).await })).is_ok());
    for _ in 0..2 {
        let Ok(turn) = sim.turn(Wait::Forever);
        check!(turn.polled == 64 && turn.remaining && turn.fired == 0);
    }
    time.pass(1);
    let Ok(turn) = sim.turn(Wait::Forever);
    check!(turn.fired == 1);
    let Ok(turn) = sim.turn(Wait::Forever);
    check!(turn.completed == 1);
    let Ok(turn) = sim.run_until_stalled();
    check!(turn.completed == 1);
    Ok(())
}

pub(crate) fn the_earliest_deadline_goes_first() -> Outcome {
    static RECORD: Record = Record::new();
    #[zokio_core::task(deadline = Duration::from_millis(3))]
    async fn in_3(who: u8) {
        RECORD.spin(who, 1).await;
    }
    let (sim, time) = sim!();
    let mut sim = sim.with_strategy(Deadline::<16>::new());
    let spawner = sim.spawner();
    check!(spin(spawner, &RECORD, 0, 1, Plain));
    check!(spin(spawner, &RECORD, 9, 2, In9));
    check!(spin(spawner, &RECORD, 2, 1, In2));
    check!(spawner.spawn(in_3(3)).is_ok());
    check!(spin(spawner, &RECORD, 1, 1, In1));
    check!(spin(spawner, &RECORD, 4, 1, In2));
    sim.set_budget(5);
    let Ok(_) = sim.turn(Wait::Poll);
    check!(RECORD.take(&[1, 2, 4, 3, 9]));
    // The deadline counts from the wake-up: what was woken 8 ms ago to be polled in 9 comes before what is new.
    check!(spin(spawner, &RECORD, 1, 1, Plain));
    let Ok(_) = sim.turn(Wait::Poll);
    check!(RECORD.take(&[9, 0, 1]));
    check!(spin(spawner, &RECORD, 9, 1, In9));
    check!(spin(spawner, &RECORD, 5, 1, In9));
    check!(spin(spawner, &RECORD, 1, 1, In1));
    sim.set_budget(1);
    let Ok(_) = sim.turn(Wait::Poll);
    time.pass(8);
    check!(spin(spawner, &RECORD, 2, 1, In2));
    sim.set_budget(64);
    let Ok(_) = sim.turn(Wait::Poll);
    check!(RECORD.take(&[1, 9, 5, 2]));
    Ok(())
}

pub(crate) fn deadlines_beyond_the_capacity_wait_in_order() -> Outcome {
    static RECORD: Record = Record::new();
    let (sim, _) = sim!();
    let mut sim = sim.with_strategy(Deadline::<2, 2>::new());
    let spawner = sim.spawner();
    check!(spin(spawner, &RECORD, 9, 1, In9));
    check!(spin(spawner, &RECORD, 0, 1, Plain));
    check!(spin(spawner, &RECORD, 2, 1, In2));
    check!(spin(spawner, &RECORD, 3, 1, In2));
    check!(spin(spawner, &RECORD, 1, 1, In1));
    let Ok(turn) = sim.run_until_stalled();
    check!(turn.completed == 5);
    check!(RECORD.take(&[2, 9, 0, 3, 1]));
    Ok(())
}

pub(crate) fn late_tasks_do_not_starve_the_others() -> Outcome {
    static RECORD: Record = Record::new();
    let (sim, time) = sim!();
    let mut sim = sim.with_strategy(Deadline::<2, 2>::new());
    let spawner = sim.spawner();
    // Always ready, and later every time: time passes with each turn.
    check!(spin(spawner, &RECORD, 1, 10, In1));
    check!(spin(spawner, &RECORD, 2, 10, In2));
    check!(spin(spawner, &RECORD, 8, 10, Plain));
    check!(spin(spawner, &RECORD, 9, 10, Plain));
    sim.set_budget(1);
    for _ in 0..12 {
        let Ok(_) = sim.turn(Wait::Poll);
        time.pass(5);
    }
    check!(RECORD.take(&[1, 2, 8, 1, 2, 9, 1, 2, 8, 1, 2, 9]));
    let Ok(turn) = sim.run_until_stalled();
    check!(turn.completed == 4);
    Ok(())
}

pub(crate) fn a_heap_of_deadlines_is_in_order() -> Outcome {
    static RECORD: Record = Record::new();
    let (sim, time) = sim!();
    let mut sim = sim.with_strategy(Deadline::<16>::new());
    let spawner = sim.spawner();
    // Three kinds, spawned while time goes on: the deadlines are 50, 57 or 66 ms after each round.
    let mut expected = [(0, 0); 15];
    sim.set_budget(1);
    for round in 0..5_u8 {
        let who = round * 3;
        check!(spin(spawner, &RECORD, who, 1, In66));
        check!(spin(spawner, &RECORD, who + 1, 1, In50));
        check!(spin(spawner, &RECORD, who + 2, 1, In57));
        for (place, after) in [66, 50, 57].into_iter().enumerate() {
            expected[usize::from(who) + place] = (round * 4 + after, who + place as u8);
        }
        // Takes them out of the inbox, and with the first in the heap away.
        check!(spawner.spawn(ARENA.task(async {}).kind(In0)).is_ok());
        let Ok(turn) = sim.turn(Wait::Poll);
        check!(turn.completed == 1);
        time.pass(4);
    }
    check!(RECORD.take(&[]));
    expected.sort_unstable();
    sim.set_budget(64);
    let Ok(_) = sim.turn(Wait::Poll);
    check!(RECORD.take(&expected.map(|(_, who)| who)));
    Ok(())
}

pub(crate) fn each_spawn_brings_its_deadline() -> Outcome {
    static RECORD: Record = Record::new();
    #[zokio_core::task(pool = 3, deadline = within)]
    async fn own(within: Duration, who: u8) {
        // It is an argument like others.
        RECORD.add(within.subsec_millis() as u8);
        yield_now().await;
        RECORD.add(who);
    }
    fn of_arena(spawner: Spawner, within: u64, who: u8) -> bool {
        let task = ARENA.task(RECORD.spin(who, 1)).kind(In1).deadline(Duration::from_millis(within));
        spawner.spawn(task).is_ok()
    }
    let (sim, time) = sim!();
    let mut sim = sim.with_strategy(Deadline::<16>::new());
    let spawner = sim.spawner();
    check!(spawner.spawn(own(Duration::from_millis(70), 71)).is_ok());
    check!(spawner.spawn(own(Duration::from_millis(20), 21)).is_ok());
    check!(of_arena(spawner, 30, 30));
    check!(spin(spawner, &RECORD, 10, 1, In9));
    check!(of_arena(spawner, 1 << 40, 99));
    let Ok(_) = sim.turn(Wait::Poll);
    check!(RECORD.take(&[10, 20, 21, 30, 70, 71, 99]));
    // It counts from each wake-up: they are due at 70 and 20, and once more 70 and 20 after they were polled at 50.
    check!(spawner.spawn(own(Duration::from_millis(70), 71)).is_ok());
    check!(spawner.spawn(own(Duration::from_millis(20), 21)).is_ok());
    check!(of_arena(spawner, 1, 1));
    sim.set_budget(1);
    let Ok(_) = sim.turn(Wait::Poll);
    time.pass(50);
    check!(of_arena(spawner, 19, 69));
    check!(of_arena(spawner, 21, 72));
    sim.set_budget(64);
    let Ok(_) = sim.turn(Wait::Poll);
    check!(RECORD.take(&[1, 20, 69, 70, 21, 72, 71]));
    // One that wakes itself in its last poll is queued without a future, and so without a deadline.
    let last = core::future::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        core::task::Poll::Ready(())
    });
    check!(spawner.spawn(ARENA.task(last).deadline(Duration::ZERO)).is_ok());
    check!(spin(spawner, &RECORD, 2, 1, In2));
    let Ok(turn) = sim.run_until_stalled();
    check!(turn.completed == 2 && sim.spawner().live() == 0);
    check!(RECORD.take(&[2]));
    Ok(())
}

/// Before all others.
struct In0;
impl TaskKind for In0 {
    const NAME: &'static str = "In0";
    const DEADLINE: Option<Duration> = Some(Duration::from_micros(1));
}

pub(crate) fn ready_tasks_outlive_a_change_of_strategy() -> Outcome {
    static RECORD: Record = Record::new();
    let (mut sim, _) = sim!();
    for (who, spins) in [(1, 2), (2, 2), (3, 1)] {
        check!(spin(sim.spawner(), &RECORD, who, spins, High));
    }
    sim.set_budget(1);
    let Ok(_) = sim.turn(Wait::Poll);
    check!(spin(sim.spawner(), &RECORD, 4, 1, Low));
    let mut sim = sim.with_strategy(Priority::<3>::new());
    let Ok(_) = sim.turn(Wait::Poll);
    check!(RECORD.take(&[1, 2]));
    let mut sim = sim.with_strategy(Deadline::<2, 2>::new());
    let Ok(_) = sim.run_until_stalled();
    check!(RECORD.take(&[3, 1, 2, 4]));
    check!(sim.spawner().live() == 0);
    Ok(())
}
