//! Files over a stream.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) use copied as send_file;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use linux::send_file;

use super::stream::Stream;
use crate::fs::File;
use std::io;

/// At most so many bytes at a time: of what the others wait for meanwhile, and of memory.
const PIECE: usize = 128 << 10;

/// Reads and writes. Says how much was sent, which is less than `len` only where the file ends.
pub(super) async fn copied(stream: &Stream, file: &File, offset: u64, len: u64) -> io::Result<u64> {
    let (mut piece, mut sent) = (Vec::new(), 0);
    while sent < len {
        piece.clear();
        piece.reserve(PIECE);
        let read;
        (read, piece) = file.read_some(piece, offset + sent, (len - sent).min(PIECE as u64) as usize).await;
        let read = read?;
        if read == 0 {
            break;
        }
        stream.write_all(&piece).await?;
        sent += read as u64;
    }
    stream.flush().await?;
    Ok(sent)
}
