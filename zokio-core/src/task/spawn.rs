//! Spawning: from the executor's own thread, or from anywhere.

use super::ready::ReadyRef;
use core::fmt;

/// Something that can become a task: what a `#[task]` function or [`TaskArena::task`](super::TaskArena::task) returns.
///
/// Dropping it instead of spawning it costs nothing and loses nothing: no slot is taken before the spawn.
///
/// # Safety
/// `start` runs the future on the executor behind `ready` only, and hands out a handle for exactly that task.
pub unsafe trait Spawn: Sized {
    /// What the task's handle is.
    type Handle;

    /// Takes a slot and starts, or gives itself back.
    ///
    /// # Safety
    /// The caller is on the executor's thread, or `Self` is `Send`.
    #[doc(hidden)]
    unsafe fn start(self, ready: ReadyRef) -> Result<Self::Handle, SpawnError<Self>>;
}

/// No slot was free. The task comes back, to be tried again or dropped.
///
/// ```
/// use zokio_core::task::{SpawnError, Spawner};
///
/// #[zokio_core::task]
/// async fn once(number: u32) {
///     // …
/// #   let _ = number;
/// }
///
/// fn start(spawner: Spawner) {
///     if let Err(SpawnError { task, .. }) = spawner.spawn(once(7)) {
///         drop(task); // its one slot is taken; or keep the task and try again later
///     }
/// }
/// ```
pub struct SpawnError<S> {
    /// What was to be spawned.
    pub task: S,
    pub(crate) name: &'static str,
    pub(crate) slots: usize,
}

impl<S> SpawnError<S> {
    /// The error for `task`, for which there was no slot among `slots`.
    #[doc(hidden)]
    pub fn new(task: S, name: &'static str, slots: usize) -> Self {
        Self { task, name, slots }
    }
}

impl<S> fmt::Display for SpawnError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no free slot for task `{}`: all {} are taken; enlarge its pool or wait for one to end",
            self.name, self.slots
        )
    }
}

impl<S> fmt::Debug for SpawnError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<S> core::error::Error for SpawnError<S> {}

/// Spawns onto one executor, from that executor's thread (and interrupt priority): tasks need not be `Send`.
///
/// ```
/// use zokio_core::task::Spawner;
///
/// #[zokio_core::task(pool = 2)]
/// async fn greet(name: &'static str) {
///     // …
/// #   let _ = name;
/// }
///
/// fn start(spawner: Spawner) {
///     let one = spawner.spawn(greet("one")).unwrap();
///     one.abort(); // or await it, or detach it by dropping
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Spawner {
    ready: ReadyRef,
    _here: StaysOnItsThread,
}

/// Takes no room, and is named in the compiler's message where a spawner would leave its executor's thread.
#[derive(Clone, Copy)]
struct StaysOnItsThread(#[allow(dead_code)] [*const (); 0]);

impl Spawner {
    pub(crate) fn new(ready: ReadyRef) -> Self {
        Self { ready, _here: StaysOnItsThread([]) }
    }

    /// Starts `task`. It is polled for the first time in the executor's next turn.
    ///
    /// Lock-free; O(slots) for a pool, O(1) for an arena.
    ///
    /// # Errors
    /// [`SpawnError`] with the task in it where no slot is free.
    #[inline(always)]
    pub fn spawn<S: Spawn>(self, task: S) -> Result<S::Handle, SpawnError<S>> {
        // SAFETY: a `Spawner` does not leave the executor's thread.
        unsafe { task.start(self.ready) }
    }

    /// A spawner that may go anywhere, for tasks that may.
    pub fn send(self) -> SendSpawner {
        SendSpawner { ready: self.ready }
    }

    /// How many tasks of the executor have not ended.
    pub fn live(self) -> usize {
        self.ready.live()
    }

    /// The queue behind the spawner, for other places that tasks can live in.
    #[doc(hidden)]
    pub fn raw(self) -> ReadyRef {
        self.ready
    }
}

/// Spawns onto one executor from anywhere: another thread, an interrupt, another executor.
///
/// What must be `Send` is what is *handed over*: the arguments of a `#[task]` function, whose future is made before its
/// first poll and may hold `!Send` things after it, or the future itself for an arena.
///
/// ```
/// use zokio_core::task::SendSpawner;
///
/// #[zokio_core::task(pool = 4)]
/// async fn handle(byte: u8) {
///     // …
/// #   let _ = byte;
/// }
///
/// /// From an interrupt handler, say.
/// fn on_byte(spawner: SendSpawner, byte: u8) {
///     if let Err(busy) = spawner.spawn(handle(byte)) {
///         drop(busy); // four are under way
///     }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct SendSpawner {
    ready: ReadyRef,
}

impl SendSpawner {
    /// Starts `task` on the spawner's executor, and wakes that.
    ///
    /// Lock-free, interrupt-safe.
    ///
    /// # Errors
    /// [`SpawnError`] with the task in it where no slot is free.
    #[inline(always)]
    pub fn spawn<S: Spawn + Send>(self, task: S) -> Result<S::Handle, SpawnError<S>> {
        // SAFETY: the task is `Send`.
        unsafe { task.start(self.ready) }
    }

    /// How many tasks of the executor have not ended.
    pub fn live(self) -> usize {
        self.ready.live()
    }
}
