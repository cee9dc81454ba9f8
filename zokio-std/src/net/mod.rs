//! TCP, UDP, and sockets between processes of one machine.
//!
//! Everything here belongs to the runtime (and of several workers, to the one) that it was made in, which waits in the kernel for
//! it; but any thread may use it, at the price of a lock that is then contended, and of waking that runtime where it sleeps.
//! It may outlive the runtime; then it reports errors.

mod inbox;
mod lookup;
#[cfg(windows)]
pub mod named_pipe;
mod pool;
mod send_file;
mod send_owned;
mod socket;
mod split;
mod stream;
mod tcp_listener;
mod tcp_socket;
mod tcp_stream;
mod udp;
#[cfg(unix)]
mod unix_datagram;
#[cfg(unix)]
mod unix_stream;

pub use lookup::lookup;
pub use pool::{Connect, Pool, PoolMetrics, PooledConnection};
pub use split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
pub use tcp_listener::TcpListener;
pub use tcp_socket::TcpSocket;
pub use tcp_stream::TcpStream;
pub use udp::UdpSocket;
#[cfg(unix)]
pub use unix_datagram::UnixDatagram;
#[cfg(unix)]
pub use unix_stream::{UnixListener, UnixStream};
