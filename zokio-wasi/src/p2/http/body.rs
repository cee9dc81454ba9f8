//! What a request or a response carries.

use super::HttpError;
use crate::p2::net::{Reading, Writing};
use embedded_io_async::{ErrorType, Read};
use std::borrow::Cow;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{fmt, io};
use wasip2::http::types::{IncomingBody, OutgoingBody};

/// A body that arrives.
///
/// **Cancel safety:** a dropped read has taken nothing. **Wake-up:** by the driver's park.
///
/// **Costs:** one call of the host for each piece, two if it has to wait. In use: see [`send`](super::send).
pub struct Incoming {
    // In this order for "child first".
    reading: Reading,
    _body: IncomingBody,
}

impl Incoming {
    pub(super) fn new(body: IncomingBody) -> Result<Self, HttpError> {
        let stream = body.stream().map_err(|()| HttpError::Invalid("body", "it was taken before".to_string()))?;
        Ok(Self { reading: Reading::new(stream), _body: body })
    }

    /// All of it, if that is no more than `limit` bytes.
    ///
    /// Cancel safety: what was read is lost with a dropped future. Wake-up and costs: as of [`Incoming`].
    ///
    /// # Errors
    /// [`TooLong`] as the cause of one of kind [`InvalidData`](io::ErrorKind::InvalidData); the host's.
    pub async fn bytes(mut self, limit: usize) -> io::Result<Vec<u8>> {
        let (mut all, mut piece) = (Vec::new(), std::vec![0; 8 << 10]);
        loop {
            match self.read(&mut piece).await? {
                0 => return Ok(all),
                len if all.len() + len > limit => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, TooLong { limit }));
                }
                len => all.extend_from_slice(&piece[..len]),
            }
        }
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Incoming")
    }
}

impl ErrorType for Incoming {
    type Error = io::Error;
}

impl Read for Incoming {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reading.read(into).await
    }
}

/// A body had more bytes than it may.
///
/// ```
/// use zokio_wasi::http::TooLong;
/// assert_eq!(TooLong { limit: 5 }.to_string(), "the body has more than 5 bytes");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLong {
    /// How many it may have.
    pub limit: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body has more than {} bytes", self.limit)
    }
}

impl std::error::Error for TooLong {}

/// A body that is sent: bytes that are there, or one that arrives, passed on piece by piece.
///
/// ```no_run,standalone_crate
/// use zokio_wasi::http::{Outgoing, Response};
///
/// let plain = Response::new(Outgoing::from("text"));
/// let made = Response::new(Outgoing::from(format!("{} bytes", 3)));
/// let none = Response::new(Outgoing::empty());
/// ```
#[derive(Debug)]
pub struct Outgoing(Source);

#[derive(Debug)]
enum Source {
    Bytes(Cow<'static, [u8]>),
    Passed(Incoming),
}

impl Outgoing {
    /// Nothing.
    pub const fn empty() -> Self {
        Self(Source::Bytes(Cow::Borrowed(&[])))
    }

    /// Sends it, and ends the body.
    pub(super) async fn send(self, body: OutgoingBody) -> Result<(), HttpError> {
        let stream = body.write().map_err(|()| HttpError::Invalid("body", "it was written before".to_string()))?;
        let mut writing = Writing::new(stream);
        match self.0 {
            Source::Bytes(bytes) => write_all(&mut writing, &bytes).await?,
            Source::Passed(mut incoming) => {
                let mut piece = std::vec![0; 8 << 10];
                loop {
                    match incoming.read(&mut piece).await? {
                        0 => break,
                        len => write_all(&mut writing, &piece[..len]).await?,
                    }
                }
            }
        }
        writing.flush().await?;
        // "Child first".
        drop(writing);
        OutgoingBody::finish(body, None).map_err(HttpError::Host)
    }
}

async fn write_all(writing: &mut Writing, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let len = writing.write(bytes).await?;
        bytes = &bytes[len..];
    }
    Ok(())
}

impl From<Vec<u8>> for Outgoing {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Source::Bytes(Cow::Owned(bytes)))
    }
}

impl From<String> for Outgoing {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&'static str> for Outgoing {
    fn from(text: &'static str) -> Self {
        Self(Source::Bytes(Cow::Borrowed(text.as_bytes())))
    }
}

impl From<Incoming> for Outgoing {
    fn from(body: Incoming) -> Self {
        Self(Source::Passed(body))
    }
}
