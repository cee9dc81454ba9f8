//! macOS and the BSDs.

use rustix::event::PollFlags;
use rustix::event::kqueue::{Event, EventFilter, EventFlags, ProcessEvents, kevent, kqueue};
use rustix::fs::{AtFlags, CWD, Stat};
use rustix::io::{Errno as Os, FdFlags};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::process::Pid;
use std::ffi::CStr;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::ptr;
use std::time::{Duration, SystemTime};

/// What the system writes about a file.
pub(crate) type Record = Stat;

/// The flags and the mask with which to ask for a [`Record`].
pub(crate) fn how_to_look(_open: bool, follow: bool) -> (u32, u32) {
    let flags = if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
    (flags.bits(), 0)
}

/// Looks at an open file, or at a path.
pub(crate) fn look(file: Option<BorrowedFd<'_>>, path: &CStr, flags: u32, _mask: u32) -> Result<Record, Os> {
    match file {
        Some(file) => rustix::fs::fstat(file),
        None => rustix::fs::statat(CWD, path, AtFlags::from_bits_retain(flags as _)),
    }
}

pub(crate) fn len(record: &Record) -> u64 {
    record.st_size as u64
}

#[allow(clippy::useless_conversion, reason = "it has 16 or 32 bits")]
pub(crate) fn permissions(record: &Record) -> u32 {
    record.st_mode.into()
}

pub(crate) fn ino(record: &Record) -> u64 {
    record.st_ino
}

#[allow(clippy::unnecessary_fallible_conversions, clippy::useless_conversion, reason = "it has 16, 32 or 64 bits")]
pub(crate) fn nlink(record: &Record) -> u32 {
    u32::try_from(record.st_nlink).unwrap_or(u32::MAX)
}

pub(crate) fn owner(record: &Record) -> (u32, u32) {
    (record.st_uid, record.st_gid)
}

pub(crate) fn modified(record: &Record) -> SystemTime {
    time(record.st_mtime, record.st_mtime_nsec)
}

pub(crate) fn accessed(record: &Record) -> SystemTime {
    time(record.st_atime, record.st_atime_nsec)
}

pub(crate) fn created(record: &Record) -> Option<SystemTime> {
    (record.st_birthtime >= 0).then(|| time(record.st_birthtime, record.st_birthtime_nsec))
}

fn time(seconds: i64, nanos: i64) -> SystemTime {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let whole = if seconds < 0 { SystemTime::UNIX_EPOCH - whole } else { SystemTime::UNIX_EPOCH + whole };
    whole + Duration::from_nanos(nanos.unsigned_abs())
}

/// Writes the bytes of a file to the disk, and what is needed to find them.
pub(crate) fn sync_data(file: BorrowedFd<'_>) -> Result<(), Os> {
    rustix::fs::fsync(file)
}

/// Reserves room for a range of a file.
#[cfg(not(any(target_os = "netbsd", target_os = "openbsd")))]
pub(crate) fn allocate(file: BorrowedFd<'_>, mode: u32, offset: u64, len: u64) -> Result<(), Os> {
    rustix::fs::fallocate(file, rustix::fs::FallocateFlags::from_bits_retain(mode), offset, len)
}

/// Nothing that is known here does.
#[cfg(any(target_os = "netbsd", target_os = "openbsd"))]
pub(crate) fn allocate(_: BorrowedFd<'_>, _: u32, _: u64, _: u64) -> Result<(), Os> {
    Err(Os::OPNOTSUPP)
}

/// What polling for reading asks for.
pub(crate) const READABLE: PollFlags = PollFlags::IN;

/// What polling for the end of a stream asks for.
pub(crate) const HUNG_UP: PollFlags = PollFlags::HUP;

/// How to send: never waiting. (Rust programs ignore the signal that a peer which is gone would bring.)
pub(crate) const SEND: SendFlags = SendFlags::DONTWAIT;

/// How to receive: never waiting.
pub(crate) const RECEIVE: RecvFlags = RecvFlags::DONTWAIT;

/// Receives into one piece after the other, from a socket that does not block.
pub(crate) fn receive_pieces(socket: BorrowedFd<'_>, pieces: &mut [io::IoSliceMut<'_>]) -> Result<usize, Os> {
    rustix::io::readv(socket, pieces)
}

/// What accepting says where descriptors or memory are short for a while.
pub(crate) const SHORTAGES: [Os; 4] = [Os::MFILE, Os::NFILE, Os::NOBUFS, Os::NOMEM];

/// What a socket needs before it is bound to an address that it is to listen at.
pub(crate) fn claim_address(socket: &OwnedFd) -> Result<(), Os> {
    rustix::net::sockopt::set_socket_reuseaddr(socket, true)
}

/// Whether shutting a listener down is enough for nobody to connect to it any more.
pub(crate) const SHUTDOWN_ENDS_LISTENING: bool = true;

/// Accepts a connection that does not block and that no other program inherits.
pub(crate) fn accept(listener: BorrowedFd<'_>) -> Result<OwnedFd, Os> {
    private(rustix::net::accept(listener)?, true)
}

/// What a peer that makes no room for so long ends the connection with: nothing here, so it ends with the system's patience.
pub(crate) fn limit_unsent(_: BorrowedFd<'_>, _: Duration) {}

/// A descriptor that is readable when process `pid`, a child that was not waited for, has ended: a kqueue, which is one.
pub(crate) fn exit_descriptor(pid: Pid) -> io::Result<OwnedFd> {
    let queue = kqueue()?;
    rustix::io::fcntl_setfd(&queue, FdFlags::CLOEXEC)?;
    let ended = EventFilter::Proc { pid, flags: ProcessEvents::EXIT };
    let mut none: [Event; 0] = [];
    let watch = [Event::new(ended, EventFlags::ADD, ptr::null_mut())];
    // SAFETY: no descriptor in the change.
    match unsafe { kevent(&queue, &watch, &mut none, Some(Duration::ZERO)) } {
        Ok(_) => Ok(queue),
        // It has ended already, and nobody waited for it: an event that is there at once.
        Err(Os::SRCH) => {
            let now = EventFilter::Timer { ident: 0, timer: Some(Duration::ZERO) };
            let watch = [Event::new(now, EventFlags::ADD, ptr::null_mut())];
            // SAFETY: as above.
            unsafe { kevent(&queue, &watch, &mut none, Some(Duration::ZERO)) }?;
            Ok(queue)
        }
        Err(error) => Err(error.into()),
    }
}

/// Nothing: Rust programs ignore the signal that a peer which is gone would bring.
pub(crate) const QUIET: SendFlags = SendFlags::empty();

/// No send waits for its peer here.
pub(crate) fn disconnect(_: BorrowedFd<'_>) {}

/// A socket that no other program inherits.
pub(crate) fn socket(family: AddressFamily, kind: SocketType, nonblocking: bool) -> Result<OwnedFd, Os> {
    private(rustix::net::socket(family, kind, None)?, nonblocking)
}

/// Two Unix sockets that are connected to each other, which no other program inherits.
pub(crate) fn pair(kind: SocketType, nonblocking: bool) -> Result<(OwnedFd, OwnedFd), Os> {
    let (one, other) = rustix::net::socketpair(AddressFamily::UNIX, kind, SocketFlags::empty(), None)?;
    Ok((private(one, nonblocking)?, private(other, nonblocking)?))
}

fn private(descriptor: OwnedFd, nonblocking: bool) -> Result<OwnedFd, Os> {
    rustix::io::fcntl_setfd(&descriptor, FdFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&descriptor, nonblocking)?;
    Ok(descriptor)
}

/// Two descriptors: eight bytes that are written to the second make the first readable. Neither blocks.
pub(crate) fn bell() -> Result<(OwnedFd, OwnedFd), Os> {
    let (ours, theirs) = rustix::pipe::pipe()?;
    Ok((private(ours, true)?, private(theirs, true)?))
}

/// The processors that this thread may run on: not told here.
pub(crate) fn processors() -> io::Result<Vec<usize>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Lets this thread run on these processors only: not done here.
pub(crate) fn run_on(_: &[usize]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
