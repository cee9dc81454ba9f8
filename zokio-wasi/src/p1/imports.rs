//! The host that a module really runs on.
//!
//! Declared here instead of taken from a bindings crate: it is twelve functions, and every result goes to memory that was
//! initialised before, because some hosts forget to write it.

use super::abi::{Event, Fd, FdStat, MONOTONIC, Subscription};
use super::host::Host;
use zokio_core::driver::Errno;

/// `iovec` and `ciovec` of preview 1.
#[repr(C)]
struct Slice {
    start: *const u8,
    len: usize,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn poll_oneoff(subscriptions: *const Subscription, events: *mut Event, len: usize, written: *mut usize) -> u32;
    fn clock_time_get(clock: u32, precision: u64, nanos: *mut u64) -> u32;
    safe fn fd_close(fd: Fd) -> u32;
    fn fd_fdstat_get(fd: Fd, stat: *mut FdStat) -> u32;
    safe fn fd_fdstat_set_flags(fd: Fd, flags: u32) -> u32;
    fn fd_read(fd: Fd, slices: *const Slice, len: usize, read: *mut usize) -> u32;
    safe fn sock_shutdown(fd: Fd, how: u32) -> u32;
    fn sock_accept(fd: Fd, flags: u32, accepted: *mut Fd) -> u32;
    fn sock_recv(fd: Fd, slices: *const Slice, len: usize, flags: u32, read: *mut usize, out: *mut u16) -> u32;
    fn sock_send(fd: Fd, slices: *const Slice, len: usize, flags: u32, written: *mut usize) -> u32;
    fn fd_write(fd: Fd, slices: *const Slice, len: usize, written: *mut usize) -> u32;
    fn random_get(start: *mut u8, len: usize) -> u32;
}

/// The host that this module runs on, by its preview 1 imports.
///
/// What a [`Runtime`](crate::Runtime) of a module is made with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wasi;

const fn check(errno: u32) -> Result<(), Errno> {
    if errno == 0 { Ok(()) } else { Err(Errno(errno as u16)) }
}

impl Wasi {
    pub(crate) fn random(self, into: &mut [u8]) -> Result<(), Errno> {
        // SAFETY: "live for the call".
        check(unsafe { random_get(into.as_mut_ptr(), into.len()) })
    }
}

// Invariant "live for the call": every pointer given to an import is derived from a reference that outlives the call, with
// the length of what it points at; preview 1 hosts keep no pointer after a call returns. The pointees are integers, for
// which every bit pattern that a host may leave there is valid.
impl Host for Wasi {
    fn poll_oneoff(&self, subscriptions: &[Subscription], events: &mut [Event]) -> Result<(), Errno> {
        // A host that got a length and wrote more events than fit would be writing past the end.
        let len = subscriptions.len().min(events.len());
        let mut written = 0;
        // SAFETY: "live for the call".
        check(unsafe { poll_oneoff(subscriptions.as_ptr(), events.as_mut_ptr(), len, &mut written) })
    }

    fn monotonic(&self) -> Result<u64, Errno> {
        let mut nanos = 0;
        // SAFETY: "live for the call".
        check(unsafe { clock_time_get(MONOTONIC as u32, 0, &mut nanos) })?;
        Ok(nanos)
    }

    fn fd_fdstat_get(&self, fd: Fd) -> Result<FdStat, Errno> {
        let mut stat = FdStat::default();
        // SAFETY: "live for the call".
        check(unsafe { fd_fdstat_get(fd, &mut stat) })?;
        Ok(stat)
    }

    fn fd_fdstat_set_flags(&self, fd: Fd, flags: u16) -> Result<(), Errno> {
        check(fd_fdstat_set_flags(fd, flags.into()))
    }

    fn fd_read(&self, fd: Fd, buf: &mut [u8]) -> Result<usize, Errno> {
        let slice = Slice { start: buf.as_mut_ptr(), len: buf.len() };
        let mut read = 0;
        // SAFETY: "live for the call".
        check(unsafe { fd_read(fd, &slice, 1, &mut read) })?;
        Ok(read.min(buf.len()))
    }

    fn fd_write(&self, fd: Fd, buf: &[u8]) -> Result<usize, Errno> {
        let slice = Slice { start: buf.as_ptr(), len: buf.len() };
        let mut written = 0;
        // SAFETY: "live for the call".
        check(unsafe { fd_write(fd, &slice, 1, &mut written) })?;
        Ok(written.min(buf.len()))
    }

    fn sock_accept(&self, fd: Fd, flags: u16) -> Result<Fd, Errno> {
        let mut accepted = Fd::MAX;
        // SAFETY: "live for the call".
        check(unsafe { sock_accept(fd, flags.into(), &mut accepted) })?;
        Ok(accepted)
    }

    fn sock_recv(&self, fd: Fd, buf: &mut [u8]) -> Result<usize, Errno> {
        let slice = Slice { start: buf.as_mut_ptr(), len: buf.len() };
        let (mut read, mut out) = (0, 0);
        // SAFETY: "live for the call".
        check(unsafe { sock_recv(fd, &slice, 1, 0, &mut read, &mut out) })?;
        Ok(read.min(buf.len()))
    }

    fn sock_send(&self, fd: Fd, buf: &[u8]) -> Result<usize, Errno> {
        let slice = Slice { start: buf.as_ptr(), len: buf.len() };
        let mut written = 0;
        // SAFETY: "live for the call".
        check(unsafe { sock_send(fd, &slice, 1, 0, &mut written) })?;
        Ok(written.min(buf.len()))
    }

    fn sock_shutdown(&self, fd: Fd, how: u8) -> Result<(), Errno> {
        check(sock_shutdown(fd, how.into()))
    }

    fn fd_close(&self, fd: Fd) -> Result<(), Errno> {
        check(fd_close(fd))
    }
}
