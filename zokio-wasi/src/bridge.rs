//! From the traits of the standard library to the module's own streams.

use crate::block_on;
use std::io::{self, Read, Write};

/// A stream of this crate with the blocking traits of the standard library. Each call runs the module's tasks until it is done,
/// so it is for code outside of them, such as a parser before `block_on`.
///
/// ```no_run
/// use std::io::BufRead;
/// let stdin = zokio_wasi::Blocking(zokio_wasi::stdin().unwrap());
/// for line in std::io::BufReader::new(stdin).lines() {
///     println!("{}", line?);
/// }
/// # std::io::Result::Ok(())
/// ```
///
/// # Errors
/// The stream's; [`io::ErrorKind::Other`] with a [`RunError`](crate::RunError) inside a task, or where nothing can ever happen.
#[derive(Debug)]
pub struct Blocking<T>(
    /// The stream.
    pub T,
);

impl<T: embedded_io_async::Read> Read for Blocking<T>
where
    io::Error: From<T::Error>,
{
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Ok(block_on(self.0.read(into)).map_err(io::Error::other)??)
    }
}

impl<T: embedded_io_async::Write> Write for Blocking<T>
where
    io::Error: From<T::Error>,
{
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(block_on(self.0.write(bytes)).map_err(io::Error::other)??)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(block_on(self.0.flush()).map_err(io::Error::other)??)
    }
}
