//! Standard input, output and error as async streams.

use super::net::{Reading, Writing};
use embedded_io_async::{ErrorType, Read, Write};
use std::io;

/// Standard input.
///
/// **Cancel safety:** a dropped read has taken nothing. **Wake-up:** by the driver's park.
///
/// **Costs:** one call of the host, two if it has to wait; the bytes are copied once.
///
/// ```no_run
/// use embedded_io_async::{Read, Write};
///
/// zokio_wasi::block_on(async {
///     let (mut stdin, mut stdout) = (zokio_wasi::stdin()?, zokio_wasi::stdout()?);
///     let mut bytes = [0; 4096];
///     while let len @ 1.. = stdin.read(&mut bytes).await? {
///         stdout.write_all(&bytes[..len]).await?;
///     }
///     Ok::<(), std::io::Error>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Stdin(Reading);

/// Standard output or standard error, unbuffered.
///
/// **Cancel safety:** a dropped write has written nothing; a dropped `write_all` may have written a part.
/// **Wake-up:** by the driver's park.
///
/// **Costs:** two calls of the host for what it takes at once. In use: see [`Stdin`].
pub struct Output(Writing);

/// Standard input. Call it once: whoever reads takes the bytes from others.
///
/// In use: see [`Stdin`].
///
/// # Errors
/// None on preview 2; a program that is built for preview 1 too meets one there.
pub fn stdin() -> io::Result<Stdin> {
    Ok(Stdin(Reading::new(wasip2::cli::stdin::get_stdin())))
}

/// Standard output.
///
/// In use: see [`Stdin`].
///
/// # Errors
/// None on preview 2; a program that is built for preview 1 too meets one there.
pub fn stdout() -> io::Result<Output> {
    Ok(Output(Writing::new(wasip2::cli::stdout::get_stdout())))
}

/// Standard error.
///
/// In use, as [`Output`]: see [`Stdin`].
///
/// # Errors
/// None on preview 2; a program that is built for preview 1 too meets one there.
pub fn stderr() -> io::Result<Output> {
    Ok(Output(Writing::new(wasip2::cli::stderr::get_stderr())))
}

impl ErrorType for Stdin {
    type Error = io::Error;
}

impl Read for Stdin {
    async fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf).await
    }
}

impl ErrorType for Output {
    type Error = io::Error;
}

impl Write for Output {
    async fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.0.flush().await
    }
}
