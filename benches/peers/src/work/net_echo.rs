//! The work of compio's `net` benchmark: 512 KiB over a new TCP connection and back, eight times, both ends on one thread.

use super::Runtime;

/// Bytes of a message.
pub const MESSAGE: usize = 512 << 10;

/// Messages of a connection.
pub const TIMES: u64 = 8;

/// A runtime with TCP.
pub trait NetEcho: Runtime {
    /// All of it: a listener, a connection, and the messages. Returns how many bytes came back as they went.
    fn net_echo(&mut self) -> u64;
}

/// What message `number` is full of.
pub fn fill(number: u64) -> u8 {
    (number + 1) as u8
}

/// Where reads and writes borrow their buffers. `bind` gives a listener, `address` its address.
macro_rules! over_borrowed {
    ($self:ident, run: $run:expr, spawn: $spawn:expr, bind: $bind:expr, address: $address:expr, accept: $accept:expr,
     connect: $connect:expr) => {
        fn net_echo(&mut $self) -> u64 {
            use $crate::work::net_echo::{MESSAGE, TIMES, fill};
            ($run)(async {
                let mut listener = $bind.expect("a listener");
                let address: std::net::SocketAddr = ($address)(&listener).expect("its address");
                let server = ($spawn)(async move {
                    let mut stream = ($accept)(&mut listener).await.expect("a connection");
                    let mut bytes = vec![0; MESSAGE];
                    for _ in 0..TIMES {
                        stream.read_exact(&mut bytes).await.expect("the message");
                        stream.write_all(&bytes).await.expect("sent");
                    }
                    stream.flush().await.expect("flushed");
                });
                let mut stream = ($connect)(address).await.expect("connected");
                let mut bytes = vec![0; MESSAGE];
                let mut came = 0;
                for number in 0..TIMES {
                    bytes.fill(fill(number));
                    stream.write_all(&bytes).await.expect("sent");
                    bytes.fill(0);
                    stream.read_exact(&mut bytes).await.expect("the answer");
                    came += bytes.iter().filter(|&&byte| byte == fill(number)).count() as u64;
                }
                let _ = server.await;
                came
            })
        }
    };
}
pub(super) use over_borrowed;

/// Where reads and writes take their buffers, and give them back. `parts` makes a result and a buffer of what they give.
macro_rules! over_owned {
    ($self:ident, run: $run:expr, spawn: $spawn:expr, bind: $bind:expr, connect: $connect:expr, parts: $parts:expr) => {
        fn net_echo(&mut $self) -> u64 {
            use $crate::work::net_echo::{MESSAGE, TIMES, fill};
            ($run)(async {
                let listener = $bind.expect("a listener");
                let address: std::net::SocketAddr = listener.local_addr().expect("its address");
                let server = ($spawn)(async move {
                    let (mut stream, _) = listener.accept().await.expect("a connection");
                    let mut bytes = vec![0u8; MESSAGE];
                    for _ in 0..TIMES {
                        bytes = ($parts)(stream.read_exact(bytes).await);
                        bytes = ($parts)(stream.write_all(bytes).await);
                    }
                    0
                });
                let mut stream = ($connect)(address).await.expect("connected");
                let mut bytes = vec![0u8; MESSAGE];
                let mut came = 0;
                for number in 0..TIMES {
                    bytes.fill(fill(number));
                    bytes = ($parts)(stream.write_all(bytes).await);
                    bytes.fill(0);
                    bytes = ($parts)(stream.read_exact(bytes).await);
                    came += bytes.iter().filter(|&&byte| byte == fill(number)).count() as u64;
                }
                let _ = server.await;
                came
            })
        }
    };
}
pub(super) use over_owned;
