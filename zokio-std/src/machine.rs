//! This system as a machine that a runtime can be configured for.

use crate::driver::{AnyDriver, DriverKind, DriverOptions, now};
use std::io;
use zokio_core::config::{Config, DriverChoice, Machine};
use zokio_core::time::Instant;

/// This system, for [`runtime!`](zokio_core::runtime): tasks, timers and channels on one thread, without a heap, over the
/// driver that the configuration chooses.
///
/// [`Runtime`](crate::Runtime) is what programs with sockets want; it takes the same configuration through
/// [`Builder::configured`](crate::Builder::configured).
///
/// ```
/// use std::time::Duration;
/// use zokio_core::time::Clock as _;
///
/// zokio_core::runtime! {
///     mod runtime {
///         machine: zokio_std::Host,
///         config: Config::new().store(StoreChoice::Heap).driver(DriverChoice::Epoll).tasks(2, 128),
///     }
/// }
/// # fn main() -> std::io::Result<()> {
/// let mut executor = runtime::executor()?;
/// let clock = executor.clock();
/// let task = executor.spawner().spawn(runtime::TASKS.task(async move {
///     clock.sleep(Duration::from_millis(1)).await;
///     "done"
/// }));
/// assert_eq!(executor.block_on(task.unwrap().into_future()).unwrap(), Ok("done"));
/// # Ok(())
/// # }
/// ```
pub struct Host;

impl Machine for Host {
    type Time = ();
    type Driver = AnyDriver;
    type Error = io::Error;
    const DRIVER: DriverChoice = DriverChoice::Auto;

    fn time() {}

    fn now((): &()) -> Instant {
        now()
    }

    fn driver((): (), config: &Config) -> io::Result<AnyDriver> {
        AnyDriver::new(driver_kind(config), &driver_options(config))
    }
}

/// The driver that a configuration asks for. (One of another system does not pass its check.)
pub(crate) fn driver_kind(config: &Config) -> DriverKind {
    match config.driver {
        DriverChoice::Uring => DriverKind::Uring,
        DriverChoice::Epoll => DriverKind::Epoll,
        DriverChoice::Kqueue => DriverKind::Kqueue,
        _ => DriverKind::Auto,
    }
}

/// How large a configuration wants its driver.
pub(crate) fn driver_options(config: &Config) -> DriverOptions {
    let queue_depth = u32::try_from(config.submissions).unwrap_or(u32::MAX).min(32768);
    DriverOptions { queue_depth, operations: config.operations.max(8), ..DriverOptions::default() }
}
