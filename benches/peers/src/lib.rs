//! What the servers have in common: where they listen, and how they say so.

use std::net::TcpListener;

/// The largest message that the servers read at once.
pub const BUFFER: usize = 4096;

/// A listener on a free port of this machine, whose address is printed as the first line of output.
pub fn listener() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    listener
}

/// Where a server that binds by itself is to listen: a port that was free a moment ago.
pub fn free_port() -> std::net::SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

// Of Windows only the echo servers are measured.
#[cfg(unix)]
pub mod alone;
#[cfg(unix)]
pub mod reads;
#[cfg(unix)]
pub mod sync;
#[cfg(unix)]
pub mod work;
#[cfg(unix)]
#[path = "../../host/workers.rs"]
pub mod workers;
#[cfg(unix)]
pub mod workers_smol;

/// The answer to every request.
pub async fn hello(
    _: hyper::Request<hyper::body::Incoming>,
) -> Result<hyper::Response<http_body_util::Full<hyper::body::Bytes>>, std::convert::Infallible> {
    Ok(hyper::Response::new(http_body_util::Full::new(hyper::body::Bytes::from_static(b"Hello, world!\n"))))
}
