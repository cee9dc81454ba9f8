//! The side that opens a name.

use super::ends::{NamedPipeReader, NamedPipeWriter, both, both_directions};
use crate::io::Pipe;
use std::io;
use std::os::windows::io::{AsHandle, BorrowedHandle};

/// The side of a pipe that opened its name, by [`ClientOptions::open`](super::ClientOptions::open).
///
/// In use: see the example of a [`NamedPipeServer`](super::NamedPipeServer).
#[derive(Debug)]
pub struct NamedPipeClient {
    pipe: Pipe,
    reader: NamedPipeReader,
    writer: NamedPipeWriter,
}

impl NamedPipeClient {
    pub(super) fn new(pipe: Pipe) -> Self {
        let (reader, writer) = both(pipe.clone());
        Self { pipe, reader, writer }
    }
}

both_directions!(NamedPipeClient);
