//! Spawning from any thread, and the workers' threads.

use super::{Pool, monitor, worker};
use crate::runtime::join::JoinHandle;
use crate::runtime::tasks;
use std::fmt;
use std::io;
use std::sync::PoisonError;
use std::thread;

/// Spawns onto the workers of a runtime from any thread; see [`Runtime::spawner`](crate::Runtime::spawner).
///
/// May outlive the runtime: what is spawned then is aborted.
#[derive(Clone, Copy)]
pub struct Spawner {
    pool: &'static Pool,
    epoch: u32,
}

impl Spawner {
    pub(in crate::runtime) fn new(pool: &'static Pool) -> Self {
        Self { pool, epoch: pool.epoch() }
    }

    /// Spawns a task; any worker may run it. At most one allocation, and none where a task of that size has ended on this
    /// thread before.
    ///
    /// **Cancel safety:** as of a [`JoinHandle`](crate::JoinHandle).
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        tasks::spawn_shared(self.pool, self.epoch, future)
    }
}

impl fmt::Debug for Spawner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spawner").field("workers", &self.pool.seats.len()).finish_non_exhaustive()
    }
}

impl Pool {
    /// Starts the workers' threads. `begin` is called first on each, with its number.
    pub(in crate::runtime) fn start(
        &'static self,
        name: &str,
        stack: Option<usize>,
        begin: impl Fn(usize) + Clone + Send + 'static,
    ) -> io::Result<Vec<thread::JoinHandle<()>>> {
        let build = |suffix: String| {
            let builder = thread::Builder::new().name(format!("{name}-{suffix}"));
            match stack {
                Some(bytes) => builder.stack_size(bytes),
                None => builder,
            }
        };
        let mut threads = Vec::new();
        for number in 0..self.seats.len() {
            *self.running.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            let begin = begin.clone();
            let started = build(number.to_string()).spawn(move || {
                begin(number);
                worker::run(self, number);
            });
            match started {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    *self.running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
                    self.exit();
                    threads.into_iter().for_each(|thread| drop(thread.join()));
                    return Err(error);
                }
            }
        }
        threads.push(build("monitor".into()).spawn(move || monitor::run(self))?);
        Ok(threads)
    }
}
