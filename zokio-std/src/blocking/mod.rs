//! Calls that block, on threads of their own, so that no event loop waits for them.
//!
//! ```text
//!            (1) submit: an idle thread is claimed, or one more is started, or the job queues
//!   nobody ───────────────► Running ──────────────► Idle ──── (3) nothing for `keep_alive` ───► gone
//!                              ▲   (2) queue empty    │
//!                              └──────────────────────┘ (4) claimed
//! ```
//!
//! 1. A job queues behind others only when `max_threads` are busy.
//! 2. A thread takes jobs as long as there are any,
//! 3. and ends when it had none for a while, so a pool that was busy once does not stay large.
//! 4. Whoever submits claims an idle thread under the lock, so two jobs never count on the same one.
//!
//! *Invariant "no job is lost":* a job that was accepted is run, also when the pool is closed meanwhile: threads end only
//! when the queue is empty, and while there are jobs there is a thread.

mod call;

pub use call::Call;

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How large a pool is.
///
/// In use: see the example of a [`BlockingPool`].
#[derive(Clone, Debug)]
pub struct BlockingOptions {
    /// At most this many threads; at least 1.
    pub max_threads: usize,
    /// A thread that had nothing to do for so long ends.
    pub keep_alive: Duration,
    /// What its threads are called; a number follows.
    pub name: String,
}

impl Default for BlockingOptions {
    fn default() -> Self {
        Self { max_threads: 256, keep_alive: Duration::from_secs(10), name: "zokio-blocking".into() }
    }
}

/// What a pool is doing.
///
/// In use: see the example of a [`BlockingPool`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct BlockingStats {
    /// Threads there are.
    pub threads: usize,
    /// Threads that wait for a job.
    pub idle: usize,
    /// Jobs that wait for a thread.
    pub queued: usize,
    /// Jobs that panicked.
    pub panicked: usize,
}

/// Something that a thread of the pool does, without an allocation for each time.
pub(crate) trait Work: Send + Sync {
    /// Does one piece of what was asked for.
    fn work(&self);
}

pub(crate) enum Job {
    /// A call of its own.
    Call(Box<dyn FnOnce() + Send>),
    /// The next piece of what somebody keeps a list of.
    #[cfg_attr(windows, allow(dead_code, reason = "files are a matter of Unix so far"))]
    Piece(Arc<dyn Work>),
}

impl Job {
    fn run(self) {
        match self {
            Self::Call(call) => call(),
            Self::Piece(work) => work.work(),
        }
    }
}

/// Threads for calls that block. Clones mean the same pool.
///
/// ```
/// use std::time::Duration;
/// use zokio_std::blocking::{BlockingOptions, BlockingPool};
///
/// let pool = BlockingPool::new(BlockingOptions { max_threads: 2, ..BlockingOptions::default() });
/// let (done, seen) = std::sync::mpsc::channel();
/// pool.submit(move || done.send(6 * 7).unwrap())?;
/// assert_eq!(seen.recv(), Ok(42));
/// assert_eq!(pool.close(Duration::from_secs(5)), 0);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct BlockingPool(Arc<Shared>);

struct Shared {
    options: BlockingOptions,
    state: Mutex<State>,
    /// Idle threads wait for a claim, or for the end.
    job: Condvar,
    /// Whoever closes waits for the last thread.
    gone: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    threads: usize,
    /// Threads that wait, and were not claimed.
    idle: usize,
    /// Claims that no thread has seen yet.
    claims: usize,
    started: usize,
    panicked: usize,
    closed: bool,
}

impl BlockingPool {
    /// A pool without threads; they come with the jobs.
    pub fn new(mut options: BlockingOptions) -> Self {
        options.max_threads = options.max_threads.max(1);
        let (state, job, gone) = (Mutex::new(State::default()), Condvar::new(), Condvar::new());
        Self(Arc::new(Shared { options, state, job, gone }))
    }

    /// The pool that everything uses that was not given another: one per process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<BlockingPool> = OnceLock::new();
        SHARED.get_or_init(|| Self::new(BlockingOptions::default()))
    }

    /// Runs `job` on a thread of the pool. A panic in it ends with it.
    ///
    /// # Errors
    /// [`io::ErrorKind::BrokenPipe`] where the pool is closed, and the system's where there is no thread and none can be
    /// started. The job is dropped then.
    pub fn submit(&self, job: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.push(Job::Call(Box::new(job)))
    }

    /// Runs `f` on a thread of the pool; what it returns, or panics with, is the output of a future.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub fn call<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> io::Result<Call<T>> {
        Call::start(self, f)
    }

    /// (1)
    pub(crate) fn push(&self, job: Job) -> io::Result<()> {
        let mut state = self.0.lock();
        if state.closed {
            drop(state);
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the pool of blocking threads is closed"));
        }
        state.queue.push_back(job);
        if state.idle > 0 {
            (state.idle, state.claims) = (state.idle - 1, state.claims + 1);
            drop(state);
            self.0.job.notify_one();
            return Ok(());
        }
        if state.threads == self.0.options.max_threads {
            return Ok(());
        }
        (state.threads, state.started) = (state.threads + 1, state.started + 1);
        let (shared, name) = (self.0.clone(), format!("{}-{}", self.0.options.name, state.started));
        // Under the lock, so that the count is right whatever comes of it.
        match std::thread::Builder::new().name(name).spawn(move || shared.serve()) {
            Ok(_) => Ok(()),
            Err(error) => {
                state.threads -= 1;
                if state.threads > 0 {
                    // Those that there are will come to it.
                    return Ok(());
                }
                let refused = state.queue.pop_back();
                drop(state);
                drop(refused);
                Err(error)
            }
        }
    }

    /// What it is doing now.
    pub fn stats(&self) -> BlockingStats {
        let state = self.0.lock();
        let (threads, idle, queued, panicked) = (state.threads, state.idle, state.queue.len(), state.panicked);
        BlockingStats { threads, idle, queued, panicked }
    }

    /// Takes no more jobs, and waits until those that were accepted are done; for at most `patience`. Says how many threads
    /// are still busy then; they go on, and end when the queue is empty.
    pub fn close(&self, patience: Duration) -> usize {
        let until = Instant::now().checked_add(patience);
        let mut state = self.0.lock();
        state.closed = true;
        self.0.job.notify_all();
        while state.threads > 0 {
            let left = until.map_or(Duration::from_secs(3600), |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                break;
            }
            state = self.0.gone.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.threads
    }
}

impl std::fmt::Debug for BlockingPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlockingPool").field("options", &self.0.options).field("stats", &self.stats()).finish()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a thread does.
    fn serve(&self) {
        let mut state = self.lock();
        loop {
            // (2)
            while let Some(job) = state.queue.pop_front() {
                drop(state);
                let panicked = catch_unwind(AssertUnwindSafe(|| job.run())).is_err();
                state = self.lock();
                state.panicked += usize::from(panicked);
            }
            let claimed;
            (state, claimed) = self.rest(state);
            if !claimed {
                break;
            }
        }
        state.threads -= 1;
        if state.threads == 0 {
            self.gone.notify_all();
        }
    }

    /// (3), (4) Waits for a claim; `false` if there was none for too long, or the pool is closed.
    fn rest<'a>(&self, mut state: MutexGuard<'a, State>) -> (MutexGuard<'a, State>, bool) {
        state.idle += 1;
        let until = Instant::now().checked_add(self.options.keep_alive);
        loop {
            if state.claims > 0 {
                state.claims -= 1;
                return (state, true);
            }
            let left = match until {
                Some(until) => until.saturating_duration_since(Instant::now()),
                None => Duration::from_secs(3600),
            };
            if state.closed || left.is_zero() {
                // Not claimed, so still counted as idle.
                state.idle -= 1;
                return (state, false);
            }
            state = self.job.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests;
