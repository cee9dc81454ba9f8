//! An instance of a pipe.

use super::ends::{NamedPipeReader, NamedPipeWriter, both, both_directions};
use crate::io::{Pipe, Submission};
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle};
use std::pin::Pin;
use std::task::ready;
use windows_sys::Win32::System::Pipes::DisconnectNamedPipe;

/// An instance of a pipe, made by [`ServerOptions::create`](super::ServerOptions::create): one client at a time.
///
/// The diagram of the [module](super) numbers what it does.
///
/// ```
/// use zokio_std::Runtime;
/// use zokio_std::net::named_pipe::{ClientOptions, ServerOptions};
///
/// Runtime::new()?.block_on(async {
///     let name = format!(r"\\.\pipe\zokio-server-{}", std::process::id());
///     let mut server = ServerOptions::new().create(&name)?;
///     for word in [b"one", b"two"] {
///         let client = async {
///             let mut client = ClientOptions::new().open(&name)?;
///             client.write_all(word).await?;
///             client.flush().await
///         };
///         let (met, wrote) = zokio_std::future::join((server.connect(), client)).await;
///         met.and(wrote)?;
///         let mut bytes = [0; 64];
///         let len = server.read(&mut bytes).await?;
///         assert_eq!(&bytes[..len], word);
///         assert_eq!(server.read(&mut bytes).await?, 0);
///         server.disconnect()?;
///     }
///     std::io::Result::Ok(())
/// })
/// # ?; std::io::Result::Ok(())
/// ```
pub struct NamedPipeServer {
    pipe: Pipe,
    reader: NamedPipeReader,
    writer: NamedPipeWriter,
    /// A wait for a client that is under way, perhaps of a future that was dropped.
    meeting: Option<Submission>,
}

impl fmt::Debug for NamedPipeServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NamedPipeServer").field(&self.pipe).finish()
    }
}

impl NamedPipeServer {
    pub(super) fn new(pipe: Pipe) -> Self {
        let (reader, writer) = both(pipe.clone());
        Self { pipe, reader, writer, meeting: None }
    }

    /// (1), (3) Listens if it does not, and waits for a client. One that came before this was called is told at once; so is one
    /// that has closed its side already, and what it wrote can be read.
    ///
    /// **Cancel safety:** dropping the future loses no client: the next call tells of it. **Wake-up:** by a client.
    /// **Complexity:** O(1), a system call and a turn of the driver, no allocation.
    ///
    /// # Errors
    /// The system's.
    pub async fn connect(&mut self) -> io::Result<()> {
        let Self { pipe, meeting, .. } = self;
        poll_fn(|cx| {
            let (result, _) = ready!(Pin::new(meeting.get_or_insert_with(|| pipe.meet())).poll(cx));
            *meeting = None;
            result.map(drop).map_err(io::Error::from).into()
        })
        .await
    }

    /// (2) Parts from the client, whose reads and writes fail from here on. What either side has not read is lost: a server that
    /// wants its last words heard waits for a read that brings the end first. Afterwards [`connect`](Self::connect) serves
    /// the next client.
    ///
    /// # Errors
    /// The system's.
    pub fn disconnect(&mut self) -> io::Result<()> {
        // What is under way is this client's, and so is what was read and is not taken.
        self.meeting = None;
        self.reader.reset();
        self.writer.reset();
        // SAFETY: the handle is open.
        match unsafe { DisconnectNamedPipe(self.pipe.handle().as_raw_handle()) } {
            0 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}

both_directions!(NamedPipeServer);
