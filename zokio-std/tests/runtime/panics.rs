//! Panics stay in the task that panicked.

use crate::Case;
use crate::tasks::Bell;
use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;
use zokio_std::future::yield_now;
use zokio_std::{Builder, JoinError, spawn_local};

pub const CASES: &[Case] = &[
    ("panics_become_errors", panics_become_errors),
    ("panicking_destructors_are_contained", panicking_destructors_are_contained),
];

/// Runs `f` without the noise of expected panics.
pub fn quietly<R>(f: impl FnOnce() -> R) -> R {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = catch_unwind(AssertUnwindSafe(f));
    std::panic::set_hook(hook);
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn panics_become_errors(builder: Builder) {
    quietly(|| {
        let runtime = builder.build().unwrap();
        runtime.block_on(async {
            let dropped = Rc::new(Cell::new(0));
            for late in [false, true] {
                let bell = Bell(dropped.clone());
                let number = 7;
                let task = spawn_local(async move {
                    let _bell = bell;
                    if late {
                        yield_now().await;
                    }
                    panic!("number {number}");
                });
                let Err(JoinError::Panicked(panic)) = task.await else { panic!("no panic") };
                assert_eq!(panic.message(), "number 7");
                assert!(panic.into_payload().downcast_ref::<String>().is_some());
            }
            assert_eq!(dropped.get(), 2, "the future is dropped");
            let task = spawn_local(async { std::panic::panic_any(17) });
            let error = task.await.unwrap_err();
            assert_eq!(error.to_string(), "the task panicked: (no text)");
            spawn_local(async { panic!("nobody looks") }).detach();
            yield_now().await;
            assert_eq!(spawn_local(async { 1 }).await.unwrap(), 1, "the runtime goes on");
        });
        // A panic of the root future comes out of `block_on`, and the runtime is usable after it.
        let panicked = catch_unwind(AssertUnwindSafe(|| runtime.block_on(async { panic!("root") })));
        assert!(panicked.is_err());
        assert_eq!(runtime.block_on(async { 3 }), 3);
    });
}

fn panicking_destructors_are_contained(builder: Builder) {
    struct Grenade;
    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("boom");
        }
    }
    quietly(|| {
        builder.build().unwrap().block_on(async {
            // In a future that ends, that panics, that is aborted; and in an output that nobody takes.
            let task = spawn_local({
                let grenade = Grenade;
                poll_fn(move |_| {
                    let _ = &grenade; // dropped with the future, after its result
                    Poll::Ready(5)
                })
            });
            assert_eq!(task.await.unwrap(), 5);
            let task = spawn_local(async {
                let _grenade = Grenade;
                yield_now().await;
            });
            assert!(matches!(task.await, Err(JoinError::Panicked(_))), "that one panics in its poll");
            let task = spawn_local(async {
                let grenade = Grenade;
                pending::<()>().await;
                drop(grenade);
            });
            yield_now().await;
            task.abort();
            assert!(matches!(task.await, Err(JoinError::Aborted)));
            spawn_local(async { Grenade }).detach();
            let handle = spawn_local(async { Grenade });
            while !handle.is_finished() {
                yield_now().await;
            }
            drop(handle);
            assert_eq!(spawn_local(async { 1 }).await.unwrap(), 1);
        });
    });
}
