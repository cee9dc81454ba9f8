//! Names of hosts.

use crate::blocking::BlockingPool;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

/// The addresses of a host by its name and port, as in `"localhost:80"`. The system's resolver is asked, on a thread of the
/// [pool](BlockingPool), because it blocks.
///
/// **Cancel safety:** dropping the future lets the thread go on, for nothing.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// for address in zokio_std::net::lookup("example.org:80").await? {
///     println!("{address}");
/// }
/// # Ok(()) }
/// ```
///
/// **Wake-up:** by the answer. **Complexity:** a call of the system's, on a thread of the pool.
///
/// # Errors
/// The resolver's; [`io::ErrorKind::InvalidInput`] for a name without a port.
pub async fn lookup(host: &str) -> io::Result<Vec<SocketAddr>> {
    // What is an address already needs no thread.
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let host = host.to_owned();
    match BlockingPool::shared().call(move || host.to_socket_addrs().map(Iterator::collect))?.await {
        Ok(addresses) => addresses,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
