//! How connections end, and which errors are told.

use crate::peers::{any, pair, reset};
use crate::{Case, poll_once};
use std::io::{ErrorKind, Write};
use std::time::Duration;
use zokio_std::Builder;
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::time::{sleep, timeout};

pub const CASES: &[Case] = &[
    ("bytes_and_a_reset_together", bytes_and_a_reset_together),
    ("half_close", half_close),
    ("reset_is_an_error", reset_is_an_error),
    ("lost_writes_are_reported_later", lost_writes_are_reported_later),
    ("refused_connection", refused_connection),
    ("address_in_use", address_in_use),
];

fn half_close(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let mut listener = TcpListener::bind(any()).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        client.write_all(b"question").await.unwrap();
        client.shutdown().await.unwrap();
        let mut bytes = [0; 64];
        assert_eq!(server.read(&mut bytes).await.unwrap(), 8);
        assert_eq!(server.read(&mut bytes).await.unwrap(), 0);
        assert_eq!(server.read(&mut bytes).await.unwrap(), 0);
        server.write_all(b"answer").await.unwrap();
        assert_eq!(client.read(&mut bytes).await.unwrap(), 6);
        let error = async {
            loop {
                if let Err(error) = client.write_all(b"more").await {
                    return error;
                }
                if let Err(error) = client.flush().await {
                    return error;
                }
            }
        };
        assert!(is_broken(&error.await));
    });
}

fn reset_is_an_error(builder: Builder) {
    builder.build().unwrap().block_on(async {
        for armed in [false, true] {
            let (mut stream, peer) = pair().await;
            let mut bytes = [0; 8];
            if armed {
                let mut read = Box::pin(stream.read(&mut bytes));
                assert!(poll_once(&mut read).await.is_none());
            }
            reset(peer);
            let error = stream.read(&mut bytes).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
            assert_eq!(stream.read(&mut bytes).await.unwrap(), 0, "and then the end");
        }
    });
}

/// Whether nothing can be written any more. (Windows has other words for it.)
fn is_broken(error: &std::io::Error) -> bool {
    /// `WSAESHUTDOWN`, `WSAECONNRESET` and `WSAECONNABORTED`.
    const OF_WINDOWS: [i32; 3] = [10058, 10054, 10053];
    error.kind() == ErrorKind::BrokenPipe || (cfg!(windows) && OF_WINDOWS.map(Some).contains(&error.raw_os_error()))
}

fn lost_writes_are_reported_later(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut stream, peer) = pair().await;
        reset(peer);
        stream.write_all(b"into the void").await.unwrap();
        let error = stream.flush().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
        // Told once; then again by what is tried next.
        stream.write_all(b"again").await.unwrap();
        assert!(is_broken(&stream.flush().await.unwrap_err()));
        stream.write_all(b"and again").await.unwrap();
        sleep(Duration::from_millis(1)).await;
        assert!(is_broken(&stream.write(b"x").await.unwrap_err()));
    });
}

fn refused_connection(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let gone = std::net::TcpListener::bind(any()).unwrap().local_addr().unwrap();
        assert_eq!(TcpStream::connect(gone).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    });
}

fn address_in_use(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let listener = TcpListener::bind(any()).unwrap();
        let error = TcpListener::bind(listener.local_addr().unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
    });
}

/// A kernel that is told of both before it looks at either may tell of the bytes only.
fn bytes_and_a_reset_together(builder: Builder) {
    builder.build().unwrap().block_on(async {
        for _ in 0..20 {
            let (mut stream, mut peer) = pair().await;
            let mut bytes = [0; 8];
            // The receive is in the kernel.
            assert!(poll_once(&mut Box::pin(stream.read(&mut bytes))).await.is_none());
            sleep(Duration::from_micros(100)).await;
            peer.write_all(b"last").unwrap();
            reset(peer);
            let read = timeout(Duration::from_secs(5), stream.read(&mut bytes)).await.expect("there are bytes");
            // The reset may have taken them.
            if read.is_ok() {
                let end = timeout(Duration::from_secs(5), stream.read(&mut bytes)).await.expect("there is an end");
                assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
            }
        }
    });
}
