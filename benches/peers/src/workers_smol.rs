//! On smol: async-executor, run by as many threads as the others have workers. It has no runtime of its own.

#![allow(dropping_copy_types, reason = "detached tasks leave nothing")]

use crate::workers::WORKERS;
use async_executor::Executor;
use std::thread::JoinHandle;

/// What all tasks are spawned on.
pub static EXECUTOR: Executor<'static> = Executor::new();

/// Threads that run the executor.
pub struct Smol {
    stop: async_channel::Sender<()>,
    threads: Vec<JoinHandle<()>>,
}

crate::work_of_several!(
    Smol,
    spawn: |future| EXECUTOR.spawn(future).detach(),
    give_way: futures_lite::future::yield_now,
    once: tokio::sync::oneshot::channel,
    outside: |_: &Smol, future| EXECUTOR.spawn(future).detach(),
    handle: |_: &Smol| (),
    by_handle: |_: &(), future| EXECUTOR.spawn(future).detach(),
    many: || async_channel::bounded::<usize>(1000),
    came: |value: Result<usize, _>| value.is_ok()
);

/// An executor with the workers.
pub fn runtime() -> Smol {
    let (stop, stopped) = async_channel::bounded::<()>(1);
    let threads = (0..WORKERS).map(|_| {
        let stopped = stopped.clone();
        std::thread::spawn(move || {
            let _ = async_io::block_on(EXECUTOR.run(stopped.recv()));
        })
    });
    Smol { threads: threads.collect(), stop }
}

impl Drop for Smol {
    fn drop(&mut self) {
        self.stop.close();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
