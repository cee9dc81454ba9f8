//! Tasks that live on the heap, under the names of `zokio_std::task`.
//!
//! On preview 1 by the feature `std`; without it tasks live in statics, and a [`spawner`](crate::spawner) starts them.

use crate::spawner;
use core::cell::RefCell;
use std::boxed::Box;
use std::vec::Vec;
use zokio_core::task::TaskArena;

pub use zokio_core::task::{JoinError, JoinHandle, scope};

/// A task on the heap is a pointer in a slot; its result must fit too.
type Tasks = TaskArena<32, 64>;

/// Slots for tasks; more are made when all are taken, and kept.
struct Arenas(RefCell<Vec<&'static Tasks>>);

// SAFETY: invariant "one thread": a program whose target has no atomics has neither threads nor interrupts.
unsafe impl Sync for Arenas {}

static ARENAS: Arenas = Arenas(RefCell::new(Vec::new()));

/// Starts `future` as a task of its own; dropping the handle lets it run on.
///
/// It lives on the heap. What it returns may have 64 bytes, or it does not compile; return a box otherwise.
/// O(tasks / 32) for a free slot.
///
/// ```
/// use std::time::Duration;
/// use zokio_wasi::{block_on, sleep, spawn_local};
///
/// let sum = block_on(async {
///     let other = spawn_local(async {
///         sleep(Duration::from_millis(1)).await;
///         3
///     });
///     Ok::<_, zokio_core::task::JoinError>(4 + other.await?)
/// })?;
/// assert_eq!(sum, Ok(7));
/// # Ok::<(), zokio_wasi::RunError>(())
/// ```
pub fn spawn_local<F: Future + 'static>(future: F) -> JoinHandle<F::Output> {
    let mut future = Box::pin(future);
    let mut arenas = ARENAS.0.borrow_mut();
    let mut number = 0;
    loop {
        if number == arenas.len() {
            arenas.push(Box::leak(Box::new(Tasks::new())));
        }
        match spawner().spawn(arenas[number].task(future)) {
            Ok(handle) => return handle,
            Err(full) => future = full.task.into_inner(),
        }
        number += 1;
    }
}

/// As [`spawn_local`], for what could run on any thread: there is one here. For programs that are made for servers too.
///
/// ```
/// let other = zokio_wasi::spawn(async { 3 });
/// assert_eq!(zokio_wasi::block_on(async { other.await })?, Ok(3));
/// # Ok::<(), zokio_wasi::RunError>(())
/// ```
///
/// What cannot leave its thread does not compile here either:
/// ```compile_fail
/// let counter = std::rc::Rc::new(1);
/// zokio_wasi::spawn(async move {
///     std::future::ready(()).await;
///     drop(counter);
/// });
/// ```
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    spawn_local(future)
}
