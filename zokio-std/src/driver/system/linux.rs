//! Linux.

use rustix::event::PollFlags;
use rustix::fs::{AtFlags, CWD, Statx, StatxFlags, StatxTimestamp};
use rustix::io::Errno as Os;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::ffi::CStr;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::{Duration, SystemTime};

/// What the system writes about a file.
pub(crate) type Record = Statx;

/// The flags and the mask with which to ask for a [`Record`].
pub(crate) fn how_to_look(open: bool, follow: bool) -> (u32, u32) {
    let mut flags = AtFlags::empty();
    flags.set(AtFlags::EMPTY_PATH, open);
    flags.set(AtFlags::SYMLINK_NOFOLLOW, !follow);
    (flags.bits(), (StatxFlags::BASIC_STATS | StatxFlags::BTIME).bits())
}

/// Looks at an open file, or at a path.
pub(crate) fn look(file: Option<BorrowedFd<'_>>, path: &CStr, flags: u32, mask: u32) -> Result<Record, Os> {
    let (flags, mask) = (AtFlags::from_bits_retain(flags), StatxFlags::from_bits_retain(mask));
    rustix::fs::statx(file.unwrap_or(CWD), path, flags, mask)
}

pub(crate) fn len(record: &Record) -> u64 {
    record.stx_size
}

pub(crate) fn permissions(record: &Record) -> u32 {
    record.stx_mode.into()
}

pub(crate) fn ino(record: &Record) -> u64 {
    record.stx_ino
}

pub(crate) fn nlink(record: &Record) -> u32 {
    record.stx_nlink
}

pub(crate) fn owner(record: &Record) -> (u32, u32) {
    (record.stx_uid, record.stx_gid)
}

pub(crate) fn modified(record: &Record) -> SystemTime {
    time(&record.stx_mtime)
}

pub(crate) fn accessed(record: &Record) -> SystemTime {
    time(&record.stx_atime)
}

pub(crate) fn created(record: &Record) -> Option<SystemTime> {
    (record.stx_mask & StatxFlags::BTIME.bits() != 0).then(|| time(&record.stx_btime))
}

fn time(at: &StatxTimestamp) -> SystemTime {
    let seconds = Duration::from_secs(at.tv_sec.unsigned_abs());
    let whole = if at.tv_sec < 0 { SystemTime::UNIX_EPOCH - seconds } else { SystemTime::UNIX_EPOCH + seconds };
    whole + Duration::from_nanos(at.tv_nsec.into())
}

/// Writes the bytes of a file to the disk, and what is needed to find them.
pub(crate) fn sync_data(file: BorrowedFd<'_>) -> Result<(), Os> {
    rustix::fs::fdatasync(file)
}

/// Reserves room for a range of a file.
pub(crate) fn allocate(file: BorrowedFd<'_>, mode: u32, offset: u64, len: u64) -> Result<(), Os> {
    rustix::fs::fallocate(file, rustix::fs::FallocateFlags::from_bits_retain(mode), offset, len)
}

/// What polling for reading asks for.
pub(crate) const READABLE: PollFlags = PollFlags::IN.union(PollFlags::RDHUP);

/// What polling for the end of a stream asks for.
pub(crate) const HUNG_UP: PollFlags = PollFlags::RDHUP;

/// How to send: never waiting, and without a signal where the peer is gone.
pub(crate) const SEND: SendFlags = SendFlags::DONTWAIT.union(QUIET);

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
    rustix::net::accept_with(listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)
}

/// What a peer that makes no room for so long ends the connection with.
pub(crate) fn limit_unsent(socket: BorrowedFd<'_>, time: Duration) {
    let _ = rustix::net::sockopt::set_tcp_user_timeout(socket, time.as_millis() as u32);
}

/// Ends a connection at once, whatever the peer has not acknowledged: so that nothing is sent from the program's memory any more.
pub(crate) fn disconnect(socket: BorrowedFd<'_>) {
    let _ = rustix::net::connect_unspec(socket);
}

/// A descriptor that is readable when process `pid`, a child that was not waited for, has ended.
pub(crate) fn exit_descriptor(pid: Pid) -> io::Result<OwnedFd> {
    let process = pidfd_open(pid, PidfdFlags::empty())?;
    #[cfg(zokio_libkqueue)]
    let process = crate::driver::kqueue::stand_in(process)?;
    Ok(process)
}

/// Without a signal where the peer is gone.
pub(crate) const QUIET: SendFlags = SendFlags::NOSIGNAL;

/// Sends bytes of a file from where they lie in the kernel; says how many. 0 is the end of the file.
pub(crate) fn send_file(to: &OwnedFd, file: &OwnedFd, mut offset: u64, len: usize) -> Result<usize, Os> {
    rustix::fs::sendfile(to, file, Some(&mut offset), len)
}

/// A socket that no other program inherits.
pub(crate) fn socket(family: AddressFamily, kind: SocketType, nonblocking: bool) -> Result<OwnedFd, Os> {
    rustix::net::socket_with(family, kind, mode(nonblocking), None)
}

/// Two Unix sockets that are connected to each other, which no other program inherits.
pub(crate) fn pair(kind: SocketType, nonblocking: bool) -> Result<(OwnedFd, OwnedFd), Os> {
    rustix::net::socketpair(AddressFamily::UNIX, kind, mode(nonblocking), None)
}

fn mode(nonblocking: bool) -> SocketFlags {
    SocketFlags::CLOEXEC | if nonblocking { SocketFlags::NONBLOCK } else { SocketFlags::empty() }
}

/// Two descriptors: eight bytes that are written to the second make the first readable. Neither blocks.
pub(crate) fn bell() -> Result<(OwnedFd, OwnedFd), Os> {
    // What it is on systems with a kqueue; libkqueue knows no counters.
    #[cfg(zokio_libkqueue)]
    return rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC | rustix::pipe::PipeFlags::NONBLOCK);
    #[cfg(not(zokio_libkqueue))]
    counter()
}

#[cfg(not(zokio_libkqueue))]
fn counter() -> Result<(OwnedFd, OwnedFd), Os> {
    use rustix::event::{EventfdFlags, eventfd};
    let ours = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
    let theirs = rustix::io::fcntl_dupfd_cloexec(&ours, 0)?;
    Ok((ours, theirs))
}

/// The processors that this thread may run on.
pub(crate) fn processors() -> io::Result<Vec<usize>> {
    let allowed = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU).filter(|&processor| allowed.is_set(processor)).collect())
}

/// Lets this thread run on these processors only.
pub(crate) fn run_on(processors: &[usize]) -> io::Result<()> {
    let mut set = CpuSet::new();
    processors.iter().filter(|&&processor| processor < CpuSet::MAX_CPU).for_each(|&processor| set.set(processor));
    Ok(sched_setaffinity(None, &set)?)
}
