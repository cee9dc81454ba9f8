//! How large a runtime is, and which driver it uses.

use super::Runtime;
use crate::driver::{DriverKind, DriverOptions};
use crate::machine::{driver_kind, driver_options};
use crate::reactor::SendBuffers;
use std::io;
use zokio_core::config::{Config, ConfigError};

/// Builds a [`Runtime`].
///
/// ```
/// use zokio_std::Runtime;
/// use zokio_std::driver::DriverKind;
///
/// let runtime = Runtime::builder().driver(DriverKind::Epoll).operations(1024).build()?;
/// assert_eq!(runtime.driver_kind(), DriverKind::Epoll);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a builder builds nothing until `build`"]
pub struct Builder {
    kind: DriverKind,
    options: DriverOptions,
    send: SendBuffers,
    budget: usize,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            kind: DriverKind::Auto,
            options: DriverOptions::default(),
            send: SendBuffers { count: 512, size: 16 << 10 },
            budget: Config::new().budget,
        }
    }

    /// Driver, sizes and budget as a [`Config`] has them, instead of what was set before. The parts that only a type can choose
    /// are chosen already: this runtime keeps its timers in a wheel and its tasks on the heap.
    ///
    /// ```
    /// use zokio_core::config::{Config, DriverChoice};
    /// use zokio_std::{Runtime, driver::DriverKind};
    ///
    /// const CONFIG: Config = Config::new().driver(DriverChoice::Epoll).operations(512).budget(16);
    /// let runtime = Runtime::builder().configured(&CONFIG)?.build()?;
    /// assert_eq!(runtime.driver_kind(), DriverKind::Epoll);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What the [configuration](Config::check) gets wrong on this system, as it was [found](crate::platform()).
    pub fn configured(mut self, config: &Config) -> Result<Self, ConfigError> {
        config.check(&crate::platform())?;
        if config.workers > 1 {
            return Err(ConfigError::OneExecutor { workers: config.workers });
        }
        self.kind = driver_kind(config);
        let DriverOptions { queue_depth, operations, .. } = driver_options(config);
        (self.options.queue_depth, self.options.operations) = (queue_depth, operations);
        self.budget = config.budget;
        Ok(self)
    }

    /// Which driver to use; by default io_uring where it can be had, otherwise epoll.
    pub fn driver(mut self, kind: DriverKind) -> Self {
        self.kind = kind;
        self
    }

    /// How many operations one system call can submit (io_uring only); 256 by default. A turn with more takes more calls.
    pub fn queue_depth(mut self, entries: u32) -> Self {
        self.options.queue_depth = entries;
        self
    }

    /// How many operations can be in flight, and how many sockets open; 65,536 by default. An idle connection that is
    /// being read has one operation in flight. Costs address space at first, and some 300 bytes for each once used.
    pub fn operations(mut self, count: usize) -> Self {
        self.options.operations = count.max(8);
        self
    }

    /// Buffers that received bytes arrive in; 512 of 8 KiB by default. A connection has one from the arrival of bytes until
    /// they were read. When all are taken, reads go on without, at the price of a system call each.
    pub fn receive_buffers(mut self, count: u16, bytes: u32) -> Self {
        (self.options.buffers, self.options.buffer_size) = (count.max(1), bytes.max(1));
        self
    }

    /// Buffers that written bytes wait in; 512 of 16 KiB by default. A connection has one from a write until the kernel has
    /// taken the bytes. When all are taken, writes go on without, at the price of a system call each.
    pub fn send_buffers(mut self, count: u16, bytes: u32) -> Self {
        self.send = SendBuffers { count, size: bytes.max(1) };
        self
    }

    /// Makes the runtime. It belongs to this thread.
    ///
    /// # Errors
    /// What the system reports: no memory, no descriptors, or no io_uring where nothing else was asked for.
    pub fn build(self) -> io::Result<Runtime> {
        let runtime = Runtime::start(self.kind, &self.options, self.send)?;
        runtime.set_budget(self.budget);
        Ok(runtime)
    }
}
