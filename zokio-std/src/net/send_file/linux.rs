//! Through `sendfile`, which moves bytes inside the kernel.

use super::copied;
use crate::driver::system;
use crate::fs::{File, blocking};
use crate::net::stream::Stream;
use rustix::io::Errno as Os;
use std::io;
use std::sync::Arc;

/// At most so many bytes a call: how long a thread of the pool is lent for.
const PIECE: u64 = 1 << 20;

/// As [`copied`], and by that where the kernel cannot: the file is none that it finds in its cache, or the socket no stream.
///
/// A file may have to be read from a disk, for which no call of this kind knows how not to wait. So each is made by a thread
/// of the pool; for room in the socket, this waits itself.
pub(in crate::net) async fn send_file(stream: &Stream, file: &File, offset: u64, len: u64) -> io::Result<u64> {
    stream.flush().await?;
    // A handle of its own, so that a call may outlive the stream. What does not block then is the socket itself, which
    // operations on a ring do not ask about.
    let socket = stream.on_socket(|socket| {
        rustix::io::ioctl_fionbio(socket, true)?;
        rustix::io::fcntl_dupfd_cloexec(socket, 0)
    })?;
    let (socket, mut sent) = (Arc::new(socket), 0);
    while sent < len {
        let (ours, theirs) = (socket.clone(), file.shared());
        let (at, piece) = (offset + sent, (len - sent).min(PIECE) as usize);
        match blocking(move || Ok(system::send_file(&ours, &theirs, at, piece))).await? {
            Ok(0) => break,
            Ok(moved) => sent += moved as u64,
            Err(Os::INTR) => {}
            Err(Os::AGAIN) => stream.room().await?,
            Err(Os::INVAL | Os::NOSYS) => return Ok(sent + copied(stream, file, offset + sent, len - sent).await?),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(sent)
}
