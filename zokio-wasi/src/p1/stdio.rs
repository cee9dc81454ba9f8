//! Standard input, output and error as async streams.

use super::abi::Fd;
use super::descriptor::Descriptor;
use super::driver::Reactor;
use super::error::Error;
use super::host::Host;
use embedded_io_async::{ErrorType, Read, Write};

const STDIN: Fd = 0;
const STDOUT: Fd = 1;
const STDERR: Fd = 2;

/// Standard input.
///
/// A read waits until the host says that there are bytes, then makes one `fd_read`: no host can make standard input
/// non-blocking without doing so to the parent process too. Redirected from a file or a device, it is read at once.
///
/// **Cancel safety:** a dropped read has taken nothing. **Wake-up:** by the reactor's park. Costs: see [`Descriptor`].
///
/// **Hosts to know about:** wasmi, and wasmtime before 47 if told to, keep up to 8 KiB that a shorter read left over, and do
/// not say so when asked to wait: a read from there on waits for the next bytes of the other end. Read with a buffer of 8 KiB
/// where that matters. They also end the module that waits for standard input from `/dev/null`.
///
/// Hosts read ahead for the module, and code that reads by other means (`std::io::stdin`) takes the bytes it gets; use one
/// or the other.
///
/// ```no_run
/// # #[cfg(all(target_os = "wasi", target_env = "p1"))] {
/// use embedded_io_async::{Read, Write};
/// use zokio_wasi::{Runtime, p1::Wasi};
///
/// static RUNTIME: Runtime<Wasi, 8> = Runtime::new(Wasi);
///
/// RUNTIME.block_on(async {
///     let (mut stdin, mut stdout) = (RUNTIME.stdin()?, RUNTIME.stdout()?);
///     let mut bytes = [0; 8192];
///     while let len @ 1.. = stdin.read(&mut bytes).await? {
///         stdout.write_all(&bytes[..len]).await?;
///     }
///     Ok::<(), zokio_wasi::p1::Error>(())
/// })??;
/// # } Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Stdin<'r, H: Host, const N: usize>(Descriptor<'r, H, N>);

impl<'r, H: Host, const N: usize> Stdin<'r, H, N> {
    /// The module's standard input.
    ///
    /// # Errors
    /// The host gave the module none.
    pub fn new(reactor: &'r Reactor<H, N>) -> Result<Self, Error> {
        Descriptor::inherit(reactor, STDIN).map(Self)
    }
}

impl<H: Host, const N: usize> ErrorType for Stdin<'_, H, N> {
    type Error = Error;
}

impl<H: Host, const N: usize> Read for Stdin<'_, H, N> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        self.0.read(buf).await
    }
}

/// Standard output or standard error; unbuffered.
///
/// A host makes a write wait for a slow reader inside the call, and with it the whole module; only a host whose parent made
/// the descriptor non-blocking lets other tasks run meanwhile. What nobody reads any more is an error: `EPIPE` (on
/// wasmtime `EIO`), never a signal.
///
/// **Cancel safety:** a dropped write has written nothing; a dropped `write_all` may have written a part.
/// **Wake-up:** by the reactor's park. Costs: see [`Descriptor`].
///
/// In use: see [`Stdin`].
pub struct Output<'r, H: Host, const N: usize>(Descriptor<'r, H, N>);

impl<'r, H: Host, const N: usize> Output<'r, H, N> {
    /// The module's standard output.
    ///
    /// # Errors
    /// The host gave the module none.
    pub fn stdout(reactor: &'r Reactor<H, N>) -> Result<Self, Error> {
        Descriptor::inherit(reactor, STDOUT).map(Self)
    }

    /// The module's standard error.
    ///
    /// # Errors
    /// The host gave the module none.
    pub fn stderr(reactor: &'r Reactor<H, N>) -> Result<Self, Error> {
        Descriptor::inherit(reactor, STDERR).map(Self)
    }
}

impl<H: Host, const N: usize> ErrorType for Output<'_, H, N> {
    type Error = Error;
}

impl<H: Host, const N: usize> Write for Output<'_, H, N> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Error> {
        self.0.write(buf).await
    }

    /// Nothing is kept back, so there is nothing to do.
    async fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
