//! TCP, UDP and names over `wasi:sockets`: the names and signatures of `zokio-std`.
//!
//! The host must let the component: `wasmtime run -S inherit-network -S allow-ip-name-lookup`. Otherwise everything here fails
//! with [`PermissionDenied`](std::io::ErrorKind::PermissionDenied).

mod address;
mod split;
mod stream;
mod tcp;
mod udp;

pub use address::lookup;
pub use split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
pub(super) use stream::{Reading, Writing};
pub use tcp::{TcpListener, TcpStream};
pub use udp::UdpSocket;
