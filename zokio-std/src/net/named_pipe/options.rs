//! How pipes are made and opened.

use super::{NamedPipeClient, NamedPipeServer};
use crate::io::Pipe;
use crate::net::socket;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use windows_sys::Win32::Foundation::{GENERIC_READ, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED, FILE_WRITE_ATTRIBUTES, PIPE_ACCESS_INBOUND,
    PIPE_ACCESS_OUTBOUND, SECURITY_IDENTIFICATION,
};
use windows_sys::Win32::System::Pipes::{
    CreateNamedPipeW, PIPE_READMODE_BYTE, PIPE_READMODE_MESSAGE, PIPE_REJECT_REMOTE_CLIENTS, PIPE_TYPE_BYTE,
    PIPE_TYPE_MESSAGE, PIPE_UNLIMITED_INSTANCES, PIPE_WAIT, SetNamedPipeHandleState,
};

/// What goes through a pipe.
///
/// A read that has no room for all of a message brings the rest next:
///
/// ```
/// use zokio_std::Runtime;
/// use zokio_std::net::named_pipe::{ClientOptions, PipeMode, ServerOptions};
///
/// Runtime::new()?.block_on(async {
///     let name = format!(r"\\.\pipe\zokio-messages-{}", std::process::id());
///     let mut server = ServerOptions::new().pipe_mode(PipeMode::Message).create(&name)?;
///     let mut client = ClientOptions::new().pipe_mode(PipeMode::Message).open(&name)?;
///     server.connect().await?;
///     client.write_all(b"one").await?;
///     client.write_all(b"two").await?;
///     let mut bytes = [0; 2];
///     assert_eq!((server.read(&mut bytes).await?, server.in_message()), (2, true));
///     assert_eq!((server.read(&mut bytes).await?, server.in_message()), (1, false));
///     assert_eq!((server.read(&mut bytes).await?, &bytes), (2, b"tw"));
///     std::io::Result::Ok(())
/// })
/// # ?; std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PipeMode {
    /// Bytes, without bounds.
    #[default]
    Byte,
    /// Messages: each write is one, and no read brings bytes of two.
    Message,
}

/// How an instance of a pipe is made: by default for both directions, for clients of this machine, and one of any number.
///
/// In use: see the example of a [`NamedPipeServer`].
#[derive(Clone, Debug)]
pub struct ServerOptions {
    inbound: bool,
    outbound: bool,
    first: bool,
    local_only: bool,
    mode: PipeMode,
    instances: u32,
    in_buffer: u32,
    out_buffer: u32,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl ServerOptions {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            inbound: true,
            outbound: true,
            first: false,
            local_only: true,
            mode: PipeMode::Byte,
            instances: PIPE_UNLIMITED_INSTANCES,
            in_buffer: 1 << 16,
            out_buffer: 1 << 16,
        }
    }

    /// Whether the client writes and the server reads. All instances of a name agree.
    pub const fn access_inbound(&mut self, allowed: bool) -> &mut Self {
        self.inbound = allowed;
        self
    }

    /// Whether the server writes and the client reads. All instances of a name agree.
    pub const fn access_outbound(&mut self, allowed: bool) -> &mut Self {
        self.outbound = allowed;
        self
    }

    /// Whether this must be the first instance of its name: then [`create`](Self::create) fails where another program has taken
    /// the name already, perhaps to be mistaken for this one.
    pub const fn first_pipe_instance(&mut self, first: bool) -> &mut Self {
        self.first = first;
        self
    }

    /// Whether clients on other machines are turned away.
    pub const fn reject_remote_clients(&mut self, rejected: bool) -> &mut Self {
        self.local_only = rejected;
        self
    }

    /// What goes through the pipe, and how the server reads it. All instances of a name agree on what goes through.
    pub const fn pipe_mode(&mut self, mode: PipeMode) -> &mut Self {
        self.mode = mode;
        self
    }

    /// How many instances of the name there may be at a time: 1 to 254; 255 is any number. The first instance decides.
    pub const fn max_instances(&mut self, instances: u8) -> &mut Self {
        self.instances = instances as u32;
        self
    }

    /// How many bytes the system keeps that the server has not read.
    pub const fn in_buffer_size(&mut self, bytes: u32) -> &mut Self {
        self.in_buffer = bytes;
        self
    }

    /// How many bytes the system keeps that the client has not read.
    pub const fn out_buffer_size(&mut self, bytes: u32) -> &mut Self {
        self.out_buffer = bytes;
        self
    }

    /// Makes an instance of the pipe `name`, which begins with `\\.\pipe\`. It listens for a client at once.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for a name with a zero in it, for no direction, and for no instances;
    /// [`io::ErrorKind::PermissionDenied`] where it was to be the first instance and is not; `ERROR_PIPE_BUSY` (231) where there are
    /// as many instances as there may be; otherwise the system's. [`io::ErrorKind::NotConnected`] where no runtime runs on this
    /// thread.
    pub fn create(&self, name: impl AsRef<OsStr>) -> io::Result<NamedPipeServer> {
        let wrong = |text: &'static str| Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        let runtime = socket::current()?;
        let mut wide: Vec<u16> = name.as_ref().encode_wide().collect();
        if wide.contains(&0) {
            return wrong("the name of a pipe has a zero in it");
        }
        if !(self.inbound || self.outbound) {
            return wrong("a pipe has to go in one direction at least");
        }
        if self.instances == 0 {
            return wrong("a pipe has at least one instance");
        }
        wide.push(0);
        let mut mode = FILE_FLAG_OVERLAPPED;
        mode |= if self.inbound { PIPE_ACCESS_INBOUND } else { 0 };
        mode |= if self.outbound { PIPE_ACCESS_OUTBOUND } else { 0 };
        mode |= if self.first { FILE_FLAG_FIRST_PIPE_INSTANCE } else { 0 };
        let kind = match self.mode {
            PipeMode::Byte => PIPE_TYPE_BYTE | PIPE_READMODE_BYTE,
            PipeMode::Message => PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE,
        };
        let kind = kind | PIPE_WAIT | if self.local_only { PIPE_REJECT_REMOTE_CLIENTS } else { 0 };
        let (name, out, into) = (wide.as_ptr(), self.out_buffer, self.in_buffer);
        // SAFETY: the name ends with a zero; without attributes, no program inherits the handle.
        let handle = unsafe { CreateNamedPipeW(name, mode, kind, self.instances, out, into, 0, std::ptr::null()) };
        if handle == INVALID_HANDLE_VALUE {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just made, and nobody else's.
        let handle = unsafe { OwnedHandle::from_raw_handle(handle) };
        Ok(NamedPipeServer::new(Pipe::new(runtime, handle)?))
    }
}

/// How a pipe is opened: by default for both directions.
///
/// In use: see the example of a [`NamedPipeServer`].
#[derive(Clone, Debug)]
pub struct ClientOptions {
    read: bool,
    write: bool,
    mode: PipeMode,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl ClientOptions {
    /// The defaults.
    pub const fn new() -> Self {
        Self { read: true, write: true, mode: PipeMode::Byte }
    }

    /// Whether the client reads, which the server has to allow.
    pub const fn read(&mut self, wanted: bool) -> &mut Self {
        self.read = wanted;
        self
    }

    /// Whether the client writes, which the server has to allow.
    pub const fn write(&mut self, wanted: bool) -> &mut Self {
        self.write = wanted;
        self
    }

    /// How the client reads. What it writes to a pipe of messages is one each time, whatever is said here.
    pub const fn pipe_mode(&mut self, mode: PipeMode) -> &mut Self {
        self.mode = mode;
        self
    }

    /// Opens the pipe `name`, which begins with `\\.\pipe\`, or `\\MACHINE\pipe\` for one of another machine. The server learns who the
    /// client is, and cannot act in its name.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] where there is no such pipe; `ERROR_PIPE_BUSY` (231) where no instance listens: try again later;
    /// [`io::ErrorKind::InvalidInput`] where messages are to be read of a pipe that carries bytes; otherwise the system's. [`io::ErrorKind::NotConnected`] where no runtime runs on this thread.
    pub fn open(&self, name: impl AsRef<OsStr>) -> io::Result<NamedPipeClient> {
        let runtime = socket::current()?;
        let mut options = OpenOptions::new();
        options.read(self.read).write(self.write);
        options.custom_flags(FILE_FLAG_OVERLAPPED).security_qos_flags(SECURITY_IDENTIFICATION);
        if self.mode == PipeMode::Message && self.read && !self.write {
            // To change how it is read is a right that writing would bring.
            options.access_mode(GENERIC_READ | FILE_WRITE_ATTRIBUTES);
        }
        let file = options.open(name.as_ref())?;
        if self.mode == PipeMode::Message {
            let nothing = std::ptr::null();
            // SAFETY: the handle is open; reads the mode, and is told nothing else.
            let done =
                unsafe { SetNamedPipeHandleState(file.as_raw_handle(), &PIPE_READMODE_MESSAGE, nothing, nothing) };
            if done == 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(NamedPipeClient::new(Pipe::new(runtime, file.into())?))
    }
}
