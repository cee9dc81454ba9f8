//! A wait of one of the drivers.

#[cfg(has_epoll)]
use super::epoll::EpollEntry;
#[cfg(has_iocp)]
use super::iocp::IocpEntry;
#[cfg(has_kqueue)]
use super::kqueue::KqueueEntry;
#[cfg(has_epoll)]
use super::uring::UringEntry;
use std::io;

/// A wait that is prepared, for either driver. Whoever has it may wait while others use the driver.
pub(crate) enum Entry {
    #[cfg(has_epoll)]
    Uring(UringEntry),
    #[cfg(has_epoll)]
    Epoll(EpollEntry),
    #[cfg(has_kqueue)]
    Kqueue(KqueueEntry),
    #[cfg(has_iocp)]
    Iocp(IocpEntry),
}

impl Entry {
    /// Whether there is anything to be asked of the kernel.
    pub(crate) fn waits(&self) -> bool {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(entry) => entry.waits(),
            #[cfg(has_epoll)]
            Self::Epoll(_) => true,
            #[cfg(has_kqueue)]
            Self::Kqueue(_) => true,
            #[cfg(has_iocp)]
            Self::Iocp(_) => true,
        }
    }

    /// Waits.
    ///
    /// # Safety
    /// The driver that it came from has not been dropped.
    pub(crate) unsafe fn wait(&mut self) -> io::Result<()> {
        match self {
            #[cfg(has_epoll)]
            // SAFETY: the caller's word.
            Self::Uring(entry) => unsafe { entry.wait() },
            #[cfg(has_epoll)]
            // SAFETY: as above.
            Self::Epoll(entry) => unsafe { entry.wait() },
            #[cfg(has_kqueue)]
            // SAFETY: as above.
            Self::Kqueue(entry) => unsafe { entry.wait() },
            #[cfg(has_iocp)]
            Self::Iocp(entry) => entry.wait(),
        }
    }
}
