//! TCP.
//!
//! Everything here belongs to the runtime (and of several workers, to the one) that it was made in, which waits in the kernel for
//! it; but any thread may use it, at the price of a lock that is then contended, and of waking that runtime where it sleeps.
//! It may outlive the runtime; then it reports errors.

mod socket;
mod split;
mod tcp_listener;
mod tcp_stream;

pub use split::{ReadHalf, WriteHalf};
pub use tcp_listener::TcpListener;
pub use tcp_stream::TcpStream;
