//! The traits of other libraries, for what is here. Each comes with the feature of its name, and adds only.
//!
//! | feature | what it adds |
//! |---|---|
//! | `hyper` | `hyper::rt::{Read, Write}` on streams, `HyperExecutor`, `HyperTimer` |
//! | `tokio` | `tokio::io::{AsyncRead, AsyncWrite}` on streams and their owned halves |
//! | `futures-io` | `futures_io::{AsyncRead, AsyncWrite}` on streams and their owned halves |
//! | `futures-io` and `hyper` | `FuturesIo`, which brings hyper onto any stream of futures-io |
//!
//! The traits of `embedded-io-async` are always there.

#[cfg(feature = "futures-io")]
mod futures;
#[cfg(all(feature = "futures-io", feature = "hyper"))]
mod futures_hyper;
#[cfg(feature = "hyper")]
mod hyper;
#[cfg(feature = "tokio")]
mod tokio;

#[cfg(all(feature = "futures-io", feature = "hyper"))]
pub use futures_hyper::FuturesIo;
#[cfg(feature = "hyper")]
pub use hyper::{HyperExecutor, HyperTimer};
