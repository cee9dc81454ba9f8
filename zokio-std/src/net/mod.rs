//! TCP.
//!
//! Everything here belongs to the runtime that it was made in, and to that runtime's thread. It may outlive the runtime;
//! then it reports errors.

mod socket;
mod split;
mod tcp_listener;
mod tcp_stream;

pub use split::{ReadHalf, WriteHalf};
pub use tcp_listener::TcpListener;
pub use tcp_stream::TcpStream;
