//! Named pipes of Windows: streams of bytes, or of messages, between programs, found by a name.
//!
//! ```text
//!   create ──► Listening ──(1) a client opens the name──► Connected ──(2) disconnect──► Apart
//!                  ▲                                                                      │
//!                  └───────────────────────────(3) connect───────────────────────────────┘
//! ```
//!
//! A [`NamedPipeServer`] is one instance of a pipe and serves one client at a time: it listens as soon as it is created, and
//! [`connect`](NamedPipeServer::connect) waits for (1). So that no client finds the name without an instance that listens, create
//! the next instance before the one that is connected is given away:
//!
//! ```
//! use zokio_std::net::named_pipe::{ClientOptions, ServerOptions};
//! use zokio_std::{Runtime, spawn_local};
//!
//! Runtime::new()?.block_on(async {
//!     let name = format!(r"\\.\pipe\zokio-example-{}", std::process::id());
//!     let mut next = ServerOptions::new().first_pipe_instance(true).create(&name)?;
//!     let mut client = ClientOptions::new().open(&name)?;
//!     next.connect().await?;
//!     let mut server = std::mem::replace(&mut next, ServerOptions::new().create(&name)?);
//!     let echo = spawn_local(async move {
//!         let mut bytes = [0; 64];
//!         let len = server.read(&mut bytes).await?;
//!         server.write_all(&bytes[..len]).await
//!     });
//!     client.write_all(b"hello").await?;
//!     let mut answer = [0; 64];
//!     let len = client.read(&mut answer).await?;
//!     assert_eq!(&answer[..len], b"hello");
//!     echo.await.unwrap()
//! })
//! # ?; std::io::Result::Ok(())
//! ```
//!
//! Everything is done by overlapped operations whose ends arrive at the runtime's completion port. A pipe belongs to the
//! runtime that it was made in, as sockets do.
//!
//! By default a pipe carries bytes: what was written by one call may be read by several, and what several wrote by one. The other
//! [`PipeMode`] keeps each write apart.

mod client;
mod ends;
mod options;
mod server;

pub use client::NamedPipeClient;
pub use ends::{NamedPipeReader, NamedPipeWriter};
pub use options::{ClientOptions, PipeMode, ServerOptions};
pub use server::NamedPipeServer;
