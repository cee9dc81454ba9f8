//! Tasks: results, aborts, panics, wakes from elsewhere.

use crate::panics::quietly;
use crate::{Case, poll_once};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;
use zokio_std::future::yield_now;
use zokio_std::sync::{Channel, Notify};
use zokio_std::time::sleep;
use zokio_std::{Builder, JoinError, spawn_local};

pub const CASES: &[Case] = &[
    ("results", results),
    ("tasks_spawn_tasks", tasks_spawn_tasks),
    ("detached_tasks_run", detached_tasks_run),
    ("tasks_take_turns", tasks_take_turns),
    ("abort_drops_the_future", abort_drops_the_future),
    ("a_task_may_abort_itself", a_task_may_abort_itself),
    ("wakes_from_another_thread", wakes_from_another_thread),
    ("wakes_from_many_threads", wakes_from_many_threads),
    ("join_from_another_thread", join_from_another_thread),
    ("wakers_are_counted", wakers_are_counted),
    ("alignment", alignment),
    ("outside_of_a_runtime", outside_of_a_runtime),
];

/// Counts how often it is dropped.
pub struct Bell(pub Rc<Cell<u32>>);

impl Drop for Bell {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

fn results(builder: Builder) {
    let runtime = builder.build().unwrap();
    let early = runtime.spawn_local(async { "spawned before" });
    assert!(!early.is_finished());
    runtime.block_on(async {
        assert_eq!(early.await.unwrap(), "spawned before");
        let mut handle = spawn_local(async { vec![1, 2, 3] });
        assert!(poll_once(&mut handle).await.is_none());
        while !handle.is_finished() {
            yield_now().await;
        }
        assert_eq!((&mut handle).await.unwrap(), [1, 2, 3]);
        assert!(matches!((&mut handle).await, Err(JoinError::Taken)));
        handle.abort();
    });
    // A task goes on in the next `block_on`.
    let steps = Rc::new(Cell::new(0));
    let counter = steps.clone();
    let task = runtime.spawn_local(async move {
        for step in 1..=5 {
            counter.set(step);
            sleep(Duration::from_micros(100)).await;
        }
        counter.get()
    });
    runtime.block_on(async { sleep(Duration::from_micros(50)).await });
    assert!(steps.get() >= 1);
    assert_eq!(runtime.block_on(task).unwrap(), 5);
}

fn tasks_spawn_tasks(builder: Builder) {
    async fn tree(depth: u32) -> u32 {
        if depth == 0 {
            return 1;
        }
        let (left, right) = (spawn_local(boxed(depth - 1)), spawn_local(boxed(depth - 1)));
        left.await.unwrap() + right.await.unwrap()
    }
    fn boxed(depth: u32) -> std::pin::Pin<Box<dyn Future<Output = u32>>> {
        Box::pin(tree(depth))
    }
    assert_eq!(builder.build().unwrap().block_on(tree(10)), 1024);
}

fn detached_tasks_run(builder: Builder) {
    let bell = Rc::new(Cell::new(0));
    let runtime = builder.build().unwrap();
    runtime.block_on(async {
        for _ in 0..100 {
            let bell = Bell(bell.clone());
            spawn_local(async move {
                yield_now().await;
                bell // the output of a detached task is dropped
            })
            .detach();
        }
        while bell.get() < 100 {
            yield_now().await;
        }
    });
    assert_eq!(bell.get(), 100);
}

fn tasks_take_turns(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let log = Rc::new(RefCell::new(Vec::new()));
        let tasks: Vec<_> = (0..3)
            .map(|name| {
                let log = log.clone();
                spawn_local(async move {
                    for _ in 0..3 {
                        log.borrow_mut().push(name);
                        yield_now().await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*log.borrow(), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
    });
}

fn abort_drops_the_future(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let dropped = Rc::new(Cell::new(0));
        for polled in [false, true] {
            let bell = Bell(dropped.clone());
            let task = spawn_local(async move {
                let _bell = bell;
                pending::<()>().await;
            });
            if polled {
                sleep(Duration::from_micros(100)).await;
            }
            task.abort();
            task.abort();
            assert!(matches!(task.await, Err(JoinError::Aborted)));
        }
        assert_eq!(dropped.get(), 2);
        // Aborting what has ended changes nothing.
        let task = spawn_local(async { 5 });
        while !task.is_finished() {
            yield_now().await;
        }
        task.abort();
        assert_eq!(task.await.unwrap(), 5);
        // Aborted and detached.
        let task = spawn_local({
            let bell = Bell(dropped.clone());
            async move {
                let _bell = bell;
                pending::<()>().await;
            }
        });
        task.abort();
        task.detach();
        while dropped.get() < 3 {
            yield_now().await;
        }
    });
}

fn a_task_may_abort_itself(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let own: Rc<RefCell<Option<zokio_std::JoinHandle<u32>>>> = Rc::default();
        let handle = own.clone();
        let task = spawn_local(async move {
            yield_now().await;
            handle.borrow().as_ref().unwrap().abort();
            yield_now().await;
            unreachable!("dropped by then");
        });
        *own.borrow_mut() = Some(task);
        while !own.borrow().as_ref().unwrap().is_finished() {
            yield_now().await;
        }
        let task = own.borrow_mut().take().unwrap();
        assert!(matches!(task.await, Err(JoinError::Aborted)));
    });
}

fn wakes_from_another_thread(builder: Builder) {
    static CHANNEL: Channel<u64, 4> = Channel::new();
    builder.build().unwrap().block_on(async {
        let sender = std::thread::spawn(|| {
            for number in 0..3000 {
                if number % 100 == 0 {
                    std::thread::sleep(Duration::from_micros(300));
                }
                while CHANNEL.try_send(number).is_err() {
                    std::thread::yield_now();
                }
            }
        });
        for number in 0..3000 {
            assert_eq!(CHANNEL.recv().await.unwrap(), number);
        }
        sender.join().unwrap();
    });
}

fn wakes_from_many_threads(builder: Builder) {
    const THREADS: usize = 4;
    const ROUNDS: usize = 500;
    builder.build().unwrap().block_on(async {
        let rung = Arc::new((Notify::new(), AtomicUsize::new(0)));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let rung = rung.clone();
                std::thread::spawn(move || {
                    for round in 0..ROUNDS {
                        rung.1.fetch_add(1, Ordering::Release);
                        rung.0.notify_one();
                        if round % 50 == 0 {
                            std::thread::sleep(Duration::from_micros(100));
                        }
                    }
                })
            })
            .collect();
        // Ends only if the last notification of all reaches a loop that may be about to sleep.
        while rung.1.load(Ordering::Acquire) < THREADS * ROUNDS {
            rung.0.notified().await;
        }
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

fn join_from_another_thread(builder: Builder) {
    let runtime = builder.build().unwrap();
    let handle = runtime.spawn_local(async {
        sleep(Duration::from_millis(2)).await;
        "across"
    });
    let other = std::thread::spawn(move || zokio_std::Runtime::new().unwrap().block_on(handle));
    runtime.block_on(async {
        while !other.is_finished() {
            sleep(Duration::from_micros(500)).await;
        }
    });
    assert_eq!(other.join().unwrap().unwrap(), "across");
}

fn wakers_are_counted(builder: Builder) {
    let kept: Arc<Mutex<Vec<Waker>>> = Arc::default();
    {
        let runtime = builder.build().unwrap();
        let store = kept.clone();
        let ended = runtime.spawn_local(poll_fn(move |cx| {
            let mut store = store.lock().unwrap();
            store.push(cx.waker().clone());
            store.push(cx.waker().clone());
            Poll::Ready(())
        }));
        let store = kept.clone();
        let waiting = runtime.spawn_local(poll_fn(move |cx| {
            store.lock().unwrap().push(cx.waker().clone());
            Poll::<()>::Pending
        }));
        runtime.block_on(ended).unwrap();
        kept.lock().unwrap()[0].wake_by_ref(); // stale: harmless
        runtime.block_on(async { sleep(Duration::from_millis(1)).await });
        assert_eq!(kept.lock().unwrap().len(), 3);
        assert!(!waiting.is_finished());
        drop(runtime);
        assert!(waiting.is_finished(), "ended with the runtime");
    }
    // The runtime is gone, its tasks' wakers are not.
    let wakers = std::mem::take(&mut *kept.lock().unwrap());
    std::thread::spawn(move || {
        for waker in wakers {
            let other = waker.clone();
            waker.wake();
            other.wake_by_ref();
        }
    })
    .join()
    .unwrap();
}

fn alignment(builder: Builder) {
    #[repr(align(256))]
    struct Wide([u8; 256]);
    builder.build().unwrap().block_on(async {
        for byte in 0..20 {
            let wide = Wide([byte; 256]);
            let task = spawn_local(async move {
                yield_now().await;
                assert_eq!((&raw const wide).addr() % 256, 0);
                wide
            });
            assert!(task.await.unwrap().0.iter().all(|&other| other == byte));
        }
        assert_eq!(spawn_local(async {}).await.unwrap(), ());
    });
}

fn outside_of_a_runtime(builder: Builder) {
    quietly(|| {
        assert!(catch_unwind(|| spawn_local(async {})).is_err());
        assert!(catch_unwind(|| sleep(Duration::ZERO)).is_err());
        let error = zokio_std::net::TcpListener::bind(crate::peers::any()).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::NotConnected);
        let runtime = builder.build().unwrap();
        let nested = catch_unwind(AssertUnwindSafe(|| runtime.block_on(async { runtime.block_on(async {}) })));
        assert!(nested.is_err());
        // Another runtime inside is allowed; it is the current one there, and only there.
        let inner = builder.build().unwrap();
        runtime.block_on(async {
            assert_eq!(inner.block_on(async { spawn_local(async { 1 }).await.unwrap() }), 1);
            assert_eq!(spawn_local(async { 2 }).await.unwrap(), 2);
        });
    });
}
