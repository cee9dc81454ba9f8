//! An HTTP/1.1 server over hyper: bounded, with time limits, and with an end that cuts nobody off.
//!
//! ```
//! use std::convert::Infallible;
//! use zokio_std::http::{Body, Request, Response, Server, full};
//! use zokio_std::{Runtime, net::TcpListener};
//!
//! async fn hello(_: Request<Body>) -> Result<Response<zokio_std::http::Full>, Infallible> {
//!     Ok(Response::new(full("hello")))
//! }
//!
//! Runtime::new()?.block_on(async {
//!     let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap())?;
//!     // Until the future is ready: here at once.
//!     Server::new(listener).body_limit(1 << 20).serve_until(std::future::ready(()), hello).await
//! })
//! # ?; std::io::Result::Ok(())
//! ```

mod server;

pub use hyper::{Request, Response, StatusCode};
pub use server::{Server, serve};

/// What a request brings, as it arrives: an error where it is longer than the server's limit.
///
/// In use: see the example of a [`Server`].
pub type Body = http_body_util::Limited<hyper::body::Incoming>;

/// A body that is there as a whole.
///
/// In use: see the example of [`full`].
pub type Full = http_body_util::Full<hyper::body::Bytes>;

/// A body of these bytes.
///
/// ```
/// use zokio_std::http::{Response, full};
/// let answer = Response::new(full("Hello, world!\n"));
/// # drop(answer);
/// ```
pub fn full(bytes: impl Into<hyper::body::Bytes>) -> Full {
    Full::new(bytes.into())
}
