//! The module's own runtime, for programs that need only one and no other size.

use crate::p1::{DriverStats, Error, Output, Reactor, Stdin, Wasi};
use crate::runtime::{RunError, Runtime};
use zokio_core::task::Spawner;
use zokio_core::time::{Clock, Heap, Instant, Timers};

/// How many things one wait of the module's own runtime can be about: the clock and seven descriptors.
///
/// Standard streams are three, and every inherited descriptor is one more only while it is waited for. A module that serves
/// many sockets declares a [`Runtime`] of its own.
pub const PLACES: usize = 8;

static RUNTIME: Runtime<Wasi, PLACES> = Runtime::new(Wasi);

/// The module's clock. Zero-sized: a timer costs its node and nothing else.
///
/// ```
/// use core::time::Duration;
/// use zokio_wasi::time::{Clock, clock};
///
/// let start = clock().now();
/// zokio_wasi::block_on(clock().sleep(Duration::from_millis(2)))?;
/// assert!(clock().now() - start >= Duration::from_millis(2));
/// # Ok::<(), zokio_wasi::RunError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WasiClock;

// SAFETY: "one store": the timers are in a static.
unsafe impl Clock for WasiClock {
    type Store = Heap;

    fn now(&self) -> Instant {
        RUNTIME.reactor().now()
    }

    fn timers(&self) -> &Timers<Heap> {
        RUNTIME.timers()
    }
}

/// The driver of the module's own runtime, on which its standard streams wait.
pub(crate) fn reactor() -> &'static Reactor<Wasi, PLACES> {
    RUNTIME.reactor()
}

/// Runs `future` to its end, and the spawned tasks meanwhile; see [`Runtime::block_on`].
///
/// # Errors
/// [`RunError`].
///
/// ```no_run
/// use core::time::Duration;
/// use embedded_io_async::{Read, Write};
///
/// zokio_wasi::block_on(async {
///     let (mut stdin, mut stdout) = (zokio_wasi::stdin()?, zokio_wasi::stdout()?);
///     let mut line = [0; 80];
///     match zokio_wasi::timeout(Duration::from_secs(5), stdin.read(&mut line)).await {
///         Ok(read) => stdout.write_all(&line[..read?]).await,
///         Err(_timed_out) => stdout.write_all(b"nobody there\n").await,
///     }
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn block_on<F: Future>(future: F) -> Result<F::Output, RunError> {
    RUNTIME.block_on(future)
}

/// Spawns tasks that run while something is [blocked on](block_on).
///
/// ```
/// use zokio_core::task::TaskArena;
///
/// static TASKS: TaskArena<2, 64> = TaskArena::new();
///
/// let sum = zokio_wasi::block_on(async {
///     let other = zokio_wasi::spawner().spawn(TASKS.task(async { 3 })).map_err(|_| "no slot is free")?;
///     Ok::<_, &str>(4 + other.await.map_err(|_| "it was cancelled")?)
/// });
/// assert_eq!(sum, Ok(Ok(7)));
/// ```
pub fn spawner() -> Spawner {
    RUNTIME.spawner()
}

/// Standard input.
///
/// In use: see [`block_on`].
///
/// # Errors
/// The host gave the module none.
pub fn stdin() -> Result<Stdin<'static, Wasi, PLACES>, Error> {
    RUNTIME.stdin()
}

/// Standard output.
///
/// In use: see [`block_on`].
///
/// # Errors
/// The host gave the module none.
pub fn stdout() -> Result<Output<'static, Wasi, PLACES>, Error> {
    RUNTIME.stdout()
}

/// Standard error.
///
/// # Errors
/// The host gave the module none.
///
/// ```
/// use embedded_io_async::Write;
///
/// zokio_wasi::block_on(async { zokio_wasi::stderr()?.write_all(b"one line for the log\n").await })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn stderr() -> Result<Output<'static, Wasi, PLACES>, Error> {
    RUNTIME.stderr()
}

/// Fills `into` with random bytes that are fit for keys. Blocks, if the host has to wait for them.
///
/// # Errors
/// The host has none.
///
/// ```
/// let (mut one, mut other) = ([0; 16], [0; 16]);
/// zokio_wasi::random(&mut one)?;
/// zokio_wasi::random(&mut other)?;
/// assert_ne!(one, other);
/// # Ok::<(), zokio_wasi::p1::Error>(())
/// ```
pub fn random(into: &mut [u8]) -> Result<(), Error> {
    Wasi.random(into).map_err(|errno| Error::Host { call: "random_get", errno })
}

/// What the driver has seen of its host.
///
/// ```
/// let before = zokio_wasi::stats().host_calls;
/// zokio_wasi::block_on(zokio_wasi::sleep(core::time::Duration::from_millis(2)))?;
/// assert!(zokio_wasi::stats().host_calls > before);
/// # Ok::<(), zokio_wasi::RunError>(())
/// ```
pub fn stats() -> DriverStats {
    RUNTIME.stats()
}
