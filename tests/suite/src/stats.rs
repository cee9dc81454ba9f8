//! Who looks on: totals, and the roster that names those who are stuck.

use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::fmt::{self, Write};
use core::time::Duration;
use zokio_core::driver::Wait;
use zokio_core::executor::{BlockOnError, Roster, Totals};
use zokio_core::future::yield_now;
use zokio_core::sync::Notify;
use zokio_core::task::{TaskArena, TaskKind};
use zokio_core::time::Clock;

static NEVER: Notify = Notify::new();

#[zokio_core::task(pool = 3, name = "reader")]
async fn read() {
    NEVER.notified().await;
}

struct Writer;
impl TaskKind for Writer {
    const NAME: &'static str = "writer";
}

pub(crate) fn totals_add_up() -> Outcome {
    static ARENA: TaskArena<3, 128> = TaskArena::new();
    let (sim, time) = sim!();
    let mut sim = sim.with_observer(Totals::new());
    check!(*sim.observer() == Totals::default());
    let slow = ARENA.task(async move {
        yield_now().await;
        time.pass(7);
        time.sleep(Duration::from_millis(1)).await;
        time.pass(2);
    });
    check!(sim.spawner().spawn(slow.kind(Writer)).is_ok());
    check!(sim.spawner().spawn(ARENA.task(async {})).is_ok());
    for _ in 0..5 {
        let Ok(_) = sim.turn(Wait::Poll);
    }
    let Ok(_) = sim.turn(Wait::Forever);
    let Ok(_) = sim.turn(Wait::Poll);
    let totals = sim.observer();
    check!((totals.polls, totals.wakes, totals.completed) == (4, 4, 2));
    check!((totals.turns, totals.busy_turns, totals.fired) == (7, 2, 1));
    check!((totals.longest_poll, totals.longest_task) == (Duration::from_millis(7), "writer"));
    let result = sim.block_on(async { time.pass(9) });
    check!(result.is_ok());
    check!((sim.observer().longest_poll, sim.observer().longest_task) == (Duration::from_millis(9), "root future"));
    Ok(())
}

pub(crate) fn a_deadlock_names_the_stuck() -> Outcome {
    static ARENA: TaskArena<2, 72> = TaskArena::new();
    let (sim, _) = sim!();
    let mut sim = sim.with_observer((Totals::new(), Roster::<8>::new()));
    let stuck = ARENA.task(async { NEVER.notified().await }).kind(Writer);
    check!(sim.spawner().spawn(stuck).is_ok());
    check!(sim.spawner().spawn(ARENA.task(async { yield_now().await })).is_ok());
    let Ok(handle) = sim.spawner().spawn(read()) else { return Err("no slot") };
    check!(handle.name() == "reader");
    check!(sim.spawner().spawn(read()).is_ok());
    let Err(BlockOnError::Deadlock(deadlock)) = sim.block_on(core::future::pending::<()>()) else {
        return Err("a deadlock was not noticed");
    };
    check!(deadlock.tasks == 3);
    check!(deadlock.names().eq([("writer", 1), ("reader", 2)]));
    let mut text = Text([0; 128], 0);
    // The rest is longer than the room for it.
    check!(write!(text, "{deadlock}").is_err());
    check!(text.is("deadlock: the root future and 3 spawned tasks wait (`writer`, 2 × `reader`)"));
    check!(sim.observer().1.names().count() == 3);

    // Those that ended are stuck no more, and their slots are used again.
    handle.abort();
    drop(handle);
    check!(sim.spawner().live() == 3);
    let Ok(_) = sim.run_until_stalled();
    check!(sim.spawner().spawn(read()).is_ok() && sim.spawner().spawn(read()).is_ok());
    let Err(BlockOnError::Deadlock(deadlock)) = sim.block_on(core::future::pending::<()>()) else {
        return Err("a deadlock was not noticed");
    };
    check!(deadlock.names().eq([("writer", 1), ("reader", 3)]));
    NEVER.notify_all();
    let Ok(_) = sim.run_until_stalled();
    check!(sim.observer().1.names().count() == 0 && sim.spawner().live() == 0);
    Ok(())
}

pub(crate) fn a_full_roster_keeps_what_it_has() -> Outcome {
    static ARENA: TaskArena<3, 64> = TaskArena::new();
    let (sim, _) = sim!();
    let mut sim = sim.with_observer(Roster::<2>::new());
    for _ in 0..3 {
        check!(sim.spawner().spawn(ARENA.task(core::future::pending::<()>())).is_ok());
    }
    let Err(BlockOnError::Deadlock(deadlock)) = sim.block_on(core::future::pending::<()>()) else {
        return Err("a deadlock was not noticed");
    };
    check!(deadlock.tasks == 3);
    check!(deadlock.names().eq([("arena task", 2)]));
    Ok(())
}

/// The beginning of a text.
struct Text([u8; 128], usize);

impl Text {
    fn is(&self, beginning: &str) -> bool {
        self.0.starts_with(beginning.as_bytes())
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.0.get_mut(self.1..).and_then(|rest| rest.get_mut(..text.len())).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.1 += text.len();
        Ok(())
    }
}
