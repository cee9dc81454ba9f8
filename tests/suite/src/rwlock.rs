//! Reader-writer locks.

use crate::polling::{Wakes, poll};
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::cell::Cell;
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use zokio_core::future::join;
use zokio_core::sync::RwLock;
use zokio_core::time::Clock;

pub(crate) fn writers_exclude_and_readers_share() -> Outcome {
    let (mut sim, time) = sim!();
    let lock = RwLock::new((0, 0));
    let (readers, most, torn) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let write = || async {
        for _ in 0..4 {
            let mut pair = lock.write().await;
            torn.set(torn.get() + readers.get());
            pair.0 += 1;
            time.sleep(Duration::from_millis(1)).await;
            pair.1 += 1;
        }
    };
    let read = || async {
        for _ in 0..4 {
            let pair = lock.read().await;
            readers.set(readers.get() + 1);
            most.set(most.get().max(readers.get()));
            torn.set(torn.get() + u32::from(pair.0 != pair.1));
            time.sleep(Duration::from_millis(1)).await;
            torn.set(torn.get() + u32::from(pair.0 != pair.1));
            readers.set(readers.get() - 1);
        }
    };
    check!(sim.block_on(join((read(), write(), read(), read(), write()))).is_ok());
    check!(torn.get() == 0 && most.get() >= 2);
    check!(lock.into_inner() == (8, 8));
    Ok(())
}

pub(crate) fn readers_behind_a_writer_wait() -> Outcome {
    static WRITER: Wakes = Wakes::new();
    static READERS: Wakes = Wakes::new();
    let lock = RwLock::new(1);
    let held = lock.try_read();
    check!(held.is_some() && lock.try_read().is_some() && lock.try_write().is_none());
    let mut write = pin!(lock.write());
    let (mut first, mut second, mut last) = (pin!(lock.read()), pin!(lock.read()), pin!(lock.write()));
    check!(WRITER.poll(write.as_mut()).is_pending());
    check!(READERS.poll(first.as_mut()).is_pending());
    check!(READERS.poll(second.as_mut()).is_pending());
    check!(poll(last.as_mut()).is_pending());
    check!(lock.try_read().is_none());
    drop(held);
    check!((WRITER.take(), READERS.take()) == (1, 0));
    let Poll::Ready(mut value) = poll(write.as_mut()) else { return Err("the writer's turn") };
    *value = 2;
    check!(READERS.poll(first.as_mut()).is_pending());
    drop(value);
    // Both readers at once, and not the writer behind them.
    check!(READERS.take() == 2);
    let (Poll::Ready(first), Poll::Ready(second)) = (poll(first.as_mut()), poll(second.as_mut())) else {
        return Err("the readers' turn");
    };
    check!(*first + *second == 4);
    check!(poll(last.as_mut()).is_pending());
    drop(first);
    check!(poll(last.as_mut()).is_pending());
    drop(second);
    check!(poll(last.as_mut()).is_ready());
    check!(lock.try_write().is_some());
    Ok(())
}

pub(crate) fn a_dropped_writer_lets_readers_in() -> Outcome {
    static READERS: Wakes = Wakes::new();
    let lock = RwLock::new(());
    let held = lock.try_read();
    let (mut first, mut second) = (pin!(lock.read()), pin!(lock.read()));
    {
        let mut write = pin!(lock.write());
        check!(poll(write.as_mut()).is_pending());
        check!(READERS.poll(first.as_mut()).is_pending());
        check!(READERS.poll(second.as_mut()).is_pending());
    }
    check!(READERS.take() == 2);
    check!(poll(first.as_mut()).is_ready() && poll(second.as_mut()).is_ready());
    drop(held);
    check!(lock.try_write().is_some());
    Ok(())
}

pub(crate) fn a_writer_can_go_on_as_a_reader() -> Outcome {
    let lock = RwLock::new(0);
    let Some(mut written) = lock.try_write() else { return Err("nobody has it") };
    let (mut read, mut write) = (pin!(lock.read()), pin!(lock.write()));
    check!(poll(read.as_mut()).is_pending() && poll(write.as_mut()).is_pending());
    *written = 7;
    let written = written.downgrade();
    let Poll::Ready(other) = poll(read.as_mut()) else { return Err("readers may share now") };
    check!(*written == 7 && *other == 7);
    check!(poll(write.as_mut()).is_pending());
    drop((written, other));
    check!(poll(write.as_mut()).is_ready());
    Ok(())
}

pub(crate) fn every_prefix_of_a_read_and_a_write() -> Outcome {
    for polls in 0..4 {
        for freed in 0..5 {
            let lock = RwLock::new(0);
            let mut held = lock.try_write();
            let mut behind = pin!(lock.write());
            {
                let (mut read, mut write) = (pin!(lock.read()), pin!(lock.write()));
                for number in 0..polls {
                    if number == freed {
                        held = None;
                    }
                    // While the reader's guard is alive here, the writer is not let in.
                    let reading = poll(read.as_mut());
                    check!(reading.is_pending() || poll(write.as_mut()).is_pending());
                    check!(poll(behind.as_mut()).is_pending() || held.is_none());
                }
            }
            drop(held);
            if lock.try_write().is_none() {
                check!(poll(behind.as_mut()).is_ready());
            }
            check!(lock.try_write().is_some());
        }
    }
    Ok(())
}
