//! Signals of the system, as something to be awaited.
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! zokio_std::signal::ctrl_c().await?;
//! # Ok(()) }
//! ```

use crate::driver::system;
use crate::io::Watched;
use crate::runtime::Handle;
use std::io;
use std::os::fd::AsFd;
use zokio_core::driver::Interest;

pub use rustix::process::Signal as Kind;

/// Tells of a signal each time that it comes; several that come before anybody looks are told once. While there is one of
/// these, and ever after, the signal does not do what it does by default.
#[derive(Debug)]
pub struct Signals {
    arrived: Watched,
    id: signal_hook_registry::SigId,
}

impl Signals {
    /// Tells of signals of this kind, from now on.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::InvalidInput`] for a kind that nobody may handle;
    /// [`io::ErrorKind::NotConnected`] where no runtime runs on this thread.
    pub fn new(kind: Kind) -> io::Result<Self> {
        if signal_hook_registry::FORBIDDEN.contains(&kind.as_raw()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a signal that cannot be handled"));
        }
        let runtime = Handle::try_current().ok_or_else(|| {
            let text = "no Zokio runtime runs on this thread; call this from inside `Runtime::block_on`";
            io::Error::new(io::ErrorKind::NotConnected, text)
        })?;
        let (ours, theirs) = system::bell()?;
        let tell = move || {
            let _ = rustix::io::write(&theirs, &1u64.to_ne_bytes());
        };
        let arrived = Watched::new(runtime, ours)?;
        // SAFETY: the action makes one system call, which a handler may make, and touches nothing else, `errno` neither.
        let id = unsafe { signal_hook_registry::register(kind.as_raw(), tell)? };
        Ok(Self { arrived, id })
    }

    /// Waits for the signal.
    ///
    /// **Cancel safety:** none is lost. **Wake-up:** by the signal.
    ///
    /// # Errors
    /// Where the runtime has ended.
    pub async fn recv(&mut self) -> io::Result<()> {
        // All that came: a bell that counts takes eight bytes, one that is a pipe as many as fit.
        let mut count = [0; 512];
        self.arrived.attempt(Interest::Readable, |fd| rustix::io::read(fd.as_fd(), &mut count)).await?;
        Ok(())
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        signal_hook_registry::unregister(self.id);
    }
}

/// Waits for an interrupt from the terminal (`SIGINT`), from the first poll on.
///
/// # Errors
/// As [`Signals::new`].
pub async fn ctrl_c() -> io::Result<()> {
    Signals::new(Kind::INT)?.recv().await
}
