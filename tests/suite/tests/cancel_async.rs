//! The cancel sweep of `async` functions: dropped after every number of polls, with what they wait for before the drop or after it, alone
//! and with others where several may wait. Nothing is lost, and who comes next is served.

mod plan;

use plan::{Waiter, carry_out, plans};
use std::cell::{Cell, RefCell};
use std::future::pending;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};
use zokio_core::executor::Ready;
use zokio_core::future::yield_now;
use zokio_core::sync::{Closed, Notify, OnceCell, Oneshot, Pipe, SpscChannel, Watch};
use zokio_core::task::{AsyncFn, JoinError, Scope, ScopedHandle, TaskArena, scope};
use zokio_suite::virtual_time::{Nobody, Park, Sim, Time};

/// Every number of polls, and whether what is waited for comes before the drop.
fn drops() -> impl Iterator<Item = (usize, bool)> {
    (0..4).flat_map(|polls| [(polls, false), (polls, true)])
}

/// A future that was polled so often, and is not ready.
fn polled<F: Future>(future: F, polls: usize) -> Waiter<F> {
    let mut waiter = Waiter::new(future);
    for poll in 0..polls {
        let output = if poll == 0 { waiter.turn() } else { waiter.poll() };
        assert!(output.is_none(), "there was nothing to wait for");
    }
    waiter
}

#[test]
fn pipe_read() {
    for (polls, written) in drops() {
        let pipe = Pipe::<4>::new();
        let (mut lost, mut bytes) = ([0; 4], [0; 4]);
        let dropped = polled(pipe.read(&mut lost), polls);
        if written {
            assert_eq!(pipe.try_write(&[1, 2]), 2);
        }
        drop(dropped);
        let mut next = Waiter::new(pipe.read(&mut bytes));
        if !written {
            assert!(next.turn().is_none());
            assert_eq!(pipe.try_write(&[1, 2]), 2);
        }
        assert_eq!(next.turn(), Some(2), "after {polls} polls: bytes are lost, or nobody is woken for them");
        drop(next);
        assert_eq!((bytes, lost), ([1, 2, 0, 0], [0; 4]));
    }
}

#[test]
fn pipe_write() {
    for (polls, read) in drops() {
        let pipe = Pipe::<4>::new();
        assert_eq!(pipe.try_write(&[1, 2, 3, 4]), 4);
        let mut bytes = [0; 4];
        let dropped = polled(pipe.write(&[8, 8]), polls);
        if read {
            assert_eq!(pipe.try_read(&mut bytes[..1]), 1);
        }
        drop(dropped);
        let mut next = Waiter::new(pipe.write(&[5, 6]));
        if !read {
            assert!(next.turn().is_none());
            assert_eq!(pipe.try_read(&mut bytes[..1]), 1);
        }
        assert_eq!(next.turn(), Some(1), "after {polls} polls: the room is gone, or nobody is woken for it");
        assert_eq!((pipe.try_read(&mut bytes), bytes), (4, [2, 3, 4, 5]), "what was dropped was written");
    }
}

#[test]
fn pipe_drained() {
    for (polls, read) in drops() {
        let pipe = Pipe::<4>::new();
        assert_eq!(pipe.try_write(&[1]), 1);
        let dropped = polled(pipe.drained(), polls);
        if read {
            assert_eq!(pipe.try_read_byte(), Some(1));
        }
        drop(dropped);
        let mut next = Waiter::new(pipe.drained());
        if !read {
            assert!(next.turn().is_none());
            assert_eq!(pipe.try_read_byte(), Some(1));
        }
        assert!(next.turn().is_some(), "after {polls} polls: nobody is told");
    }
}

/// One makes the value at a time: who gives up leaves that to the next in line.
#[test]
fn once_get_or_try_init() {
    for plan in plans(1) {
        // Whose turn it is waits for a failure, and fails with it; so each grant is one turn that is over.
        let (cell, failures) = (OnceCell::<u32>::new(), Notify::new());
        let grants = Cell::new(0);
        let make = || async {
            let failed = cell.get_or_try_init(async || {
                failures.notified().await;
                Err::<u32, ()>(())
            });
            assert_eq!(failed.await, Err(()));
        };
        // A notification is kept until the next in line has its turn.
        let grant = || {
            grants.set(grants.get() + 1);
            failures.notify_one();
            true
        };
        carry_out(plan, make, grant, |()| {});
        assert!(cell.set(7).is_ok(), "{plan:?}: somebody still has the right to make the value");
    }
}

#[test]
fn once_get_or_init_and_wait() {
    for (polls, made) in drops() {
        let (cell, go) = (OnceCell::<u32>::new(), Notify::new());
        let makes = |value| {
            let (cell, go) = (&cell, &go);
            cell.get_or_init(async move || {
                go.notified().await;
                value
            })
        };
        let mut maker = Waiter::new(makes(1));
        assert!(maker.turn().is_none());
        let (dropped_maker, dropped_waiter) = (polled(makes(2), polls), polled(cell.wait(), polls));
        let (mut next_maker, mut next_waiter) = (Waiter::new(makes(3)), Waiter::new(cell.wait()));
        assert!(next_maker.turn().is_none() && next_waiter.turn().is_none());
        if made {
            go.notify_one();
            assert_eq!(maker.turn(), Some(&1));
            drop((dropped_maker, dropped_waiter));
        } else {
            drop((dropped_maker, dropped_waiter));
            go.notify_one();
            assert_eq!(maker.turn(), Some(&1));
        }
        assert_eq!((next_maker.turn(), next_waiter.turn()), (Some(&1), Some(&1)), "after {polls} polls: one sleeps on");
    }
}

#[test]
fn oneshot_closed() {
    for (polls, closed) in drops() {
        let mut oneshot = Oneshot::<u32>::new();
        let (mut sender, receiver) = oneshot.split();
        let mut receiver = Some(receiver);
        let dropped = polled(sender.closed(), polls);
        if closed {
            drop(receiver.take());
        }
        drop(dropped);
        let mut next = Waiter::new(sender.closed());
        if !closed {
            assert!(next.turn().is_none());
            drop(receiver.take());
        }
        assert!(next.turn().is_some(), "after {polls} polls: nobody is told");
        drop(next);
        assert_eq!(sender.send(7), Err(Closed(7)));
    }
}

/// Who waits for a value that somebody looks at gives up, before it was given back or after it.
#[test]
fn watch_view() {
    for (polls, given_back) in drops() {
        for others in 0..3 {
            // Not `Copy`, so that it is lent.
            let watch = Watch::new(String::from("value"));
            let (mut waiting, mut dropped) = (Vec::new(), None);
            let looked = watch.try_view(|_| {
                waiting.extend((0..others).map(|_| polled(watch.view(String::len), 1)));
                dropped = Some(polled(watch.view(String::len), polls)).filter(|_| given_back);
                waiting.extend((0..others).map(|_| polled(watch.view(String::len), 1)));
            });
            assert!(looked.is_some());
            drop(dropped);
            let all = waiting.iter_mut().all(|waiter| waiter.turn() == Some(5));
            assert!(all, "after {polls} polls: one sleeps on");
            assert_eq!(Waiter::new(watch.view(String::len)).turn(), Some(5));
        }
    }
}

#[test]
fn spsc_reserve() {
    for (polls, received) in drops() {
        let mut channel = SpscChannel::<u32, 1>::new();
        let (mut sender, mut receiver) = channel.split();
        sender.try_send(7).unwrap();
        let dropped = polled(sender.reserve(), polls);
        if received {
            assert_eq!(receiver.try_recv(), Ok(7));
        }
        drop(dropped);
        let mut next = Waiter::new(sender.reserve());
        if !received {
            assert!(next.turn().is_none());
            assert_eq!(receiver.try_recv(), Ok(7));
        }
        let Some(Ok(permit)) = next.turn() else { panic!("after {polls} polls: the place is gone") };
        permit.send(8);
        drop(next);
        assert_eq!(receiver.try_recv(), Ok(8));
    }
}

/// Notes its drop.
struct Dropped(Rc<Cell<u32>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// Body and children are dropped once, and what a child was granted goes on.
#[test]
fn scopes() {
    for plan in plans(1) {
        let (notify, drops) = (Notify::new(), Rc::new(Cell::new(0)));
        let made = Cell::new(0);
        let make = || {
            let (notify, drops, made) = (&notify, &drops, &made);
            scope(async move |s: &Scope<'_, 2, 128>| {
                for _ in 0..2 {
                    made.set(made.get() + 1);
                    let dropped = Dropped(drops.clone());
                    let child = s.spawn(async move {
                        let _dropped = dropped;
                        pending::<()>().await
                    });
                    // Ends with the scope, whose body ends when it was notified.
                    children(child.ok());
                }
                notify.notified().await;
                s.spawn(async {}).is_err()
            })
        };
        // The scope waits for its children: aborted, they end.
        fn children<T>(child: Option<ScopedHandle<'_, T, 128>>) {
            child.inspect(ScopedHandle::abort);
        }
        let grant = || {
            notify.notify_one();
            true
        };
        carry_out(plan, make, grant, |_| {});
        assert_eq!(drops.get(), made.get(), "{plan:?}: a child was not dropped once");
    }
}

/// Who joins a child gives up, before its end or after it: the child runs on, and its output is dropped once.
#[test]
fn scoped_join() {
    for (polls, ended) in drops() {
        let (go, drops) = (Notify::new(), Rc::new(Cell::new(0)));
        let mut whole = Waiter::new(scope(async |s: &Scope<'_, 1, 128>| {
            let output = Dropped(drops.clone());
            let Ok(child) = s.spawn(async {
                go.notified().await;
                output
            }) else {
                panic!("the slot is free");
            };
            let dropped = polled(child.join(), polls);
            if ended {
                go.notify_one();
                // The child is polled after the body.
                yield_now().await;
                yield_now().await;
            }
            drop(dropped);
            assert_eq!(drops.get(), u32::from(ended), "after {polls} polls");
            go.notify_one();
        }));
        let _ = (0..8).find_map(|_| whole.turn());
        assert!(whole.over, "after {polls} polls: the scope does not end");
        assert_eq!(drops.get(), 1, "after {polls} polls: the output was not dropped once");
    }
}

/// Who awaits a task gives up: the next one has its output; and the handle may go, too.
#[test]
fn task_join() {
    static TIME: Time = Time::new();
    static READY: Ready<Nobody> = Ready::new();
    static ARENA: TaskArena<1, 96> = TaskArena::new();
    static GO: Notify = Notify::new();
    let mut sim = Sim::new(&READY, Park(&TIME), &TIME);
    let settle = |sim: &mut Sim| assert!(!sim.run_until_stalled().unwrap().remaining);
    for (polls, ended) in drops() {
        let task = ARENA.task(async {
            GO.notified().await;
            11
        });
        let Ok(mut handle) = sim.spawner().spawn(task) else { panic!("the slot was not given back") };
        settle(&mut sim);
        let dropped = polled(handle.join(), polls);
        if ended {
            GO.notify_one();
            settle(&mut sim);
        }
        drop(dropped);
        let mut next = Waiter::new(handle.join());
        if !ended {
            assert!(next.turn().is_none());
            GO.notify_one();
            settle(&mut sim);
        }
        assert_eq!(next.turn(), Some(Ok::<i32, JoinError>(11)), "after {polls} polls: the output is lost");
    }
}

/// Who runs a function gives up: it stays where it is, and goes on with the next call.
#[test]
fn async_fn_run() {
    for (polls, ready) in drops() {
        let (go, starts) = (Notify::new(), RefCell::new(0));
        let mut function = pin!(AsyncFn::new(|| {
            *starts.borrow_mut() += 1;
            let go = &go;
            async move {
                go.notified().await;
                Ok::<u32, ()>(7)
            }
        }));
        let dropped = polled(function.as_mut().run(), polls);
        if ready {
            go.notify_one();
        }
        drop(dropped);
        let mut next = Waiter::new(function.as_mut().run());
        if !ready {
            assert!(next.turn().is_none());
            go.notify_one();
        }
        assert_eq!(next.turn(), Some(Ok(&7)), "after {polls} polls: it sleeps on");
        drop(next);
        assert_eq!(*starts.borrow(), 1, "after {polls} polls: it began anew");
        assert!(function.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    }
}
