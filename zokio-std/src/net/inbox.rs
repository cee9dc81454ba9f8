//! What arrives at a socket for datagrams, where the driver receives by itself.

use crate::runtime::Handle;
use rustix::fd::OwnedFd;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// The reactor's record of a socket.
pub(super) struct Inbox {
    runtime: Handle,
    id: u32,
}

impl Inbox {
    /// `None` where the driver does not receive datagrams by itself.
    pub(super) fn of(runtime: Handle, file: &Arc<OwnedFd>) -> io::Result<Option<Self>> {
        let id = runtime.with(|reactor| reactor.adopt_datagrams(file))?;
        Ok(id.map(|id| Self { runtime, id }))
    }

    /// Receives a datagram; with `take` it is taken.
    pub(super) async fn receive(&self, into: &mut [u8], take: bool) -> io::Result<(usize, Option<SocketAddr>)> {
        let received =
            poll_fn(|cx| self.runtime.poll(cx, |reactor, waiter| reactor.poll_datagram(self.id, into, take, waiter)));
        Ok(received.await?)
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        // Where the runtime is gone, it has let go of the socket.
        let _orphans = self.runtime.with(|reactor| reactor.release(self.id));
        // As long as an operation is in flight on it the address is not free.
        self.runtime.settle();
    }
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").field("id", &self.id).finish_non_exhaustive()
    }
}
