//! Sockets between processes of one machine.

use crate::{Case, descriptors, poll_once};
use std::io::{ErrorKind, IoSlice, IoSliceMut, Write};
use std::time::Duration;
use zokio_std::net::{UnixDatagram, UnixListener, UnixStream};
use zokio_std::time::{sleep, timeout};
use zokio_std::{Builder, spawn_local};

pub const CASES: &[Case] = &[
    ("unix_streams", unix_streams),
    ("unix_bytes_and_the_end_together", unix_bytes_and_the_end_together),
    ("unix_datagrams", unix_datagrams),
];

fn scratch(name: &str) -> std::path::PathBuf {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("zokio-{name}-{}-{number}", std::process::id()))
}

/// A kernel that is told of both before it looks at either may tell of the bytes only.
fn unix_bytes_and_the_end_together(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let path = scratch("end");
        let mut listener = UnixListener::bind(&path).unwrap();
        for round in 0..4 {
            let mut peer = std::os::unix::net::UnixStream::connect(&path).unwrap();
            let mut stream = listener.accept().await.unwrap();
            let mut bytes = [0; 8];
            // The receive is in the kernel.
            assert!(poll_once(&mut Box::pin(stream.read(&mut bytes))).await.is_none());
            sleep(Duration::from_micros(100)).await;
            peer.write_all(b"last").unwrap();
            if round % 2 == 0 {
                peer.shutdown(std::net::Shutdown::Write).unwrap();
            } else {
                drop(peer);
            }
            let patience = Duration::from_secs(10);
            assert_eq!(timeout(patience, stream.read(&mut bytes)).await.expect("bytes").unwrap(), 4);
            assert_eq!(timeout(patience, stream.read(&mut bytes)).await.expect("an end").unwrap(), 0);
        }
        std::fs::remove_file(&path).unwrap();
    });
}

fn unix_streams(builder: Builder) {
    let runtime = builder.build().unwrap();
    let before = descriptors();
    let path = scratch("stream");
    runtime.block_on(async {
        assert_eq!(UnixStream::connect(&path).await.unwrap_err().kind(), ErrorKind::NotFound);
        let mut listener = UnixListener::bind(&path).unwrap();
        let server = spawn_local(async move {
            for _ in 0..20 {
                let mut stream = listener.accept().await.unwrap();
                let mut bytes = [0; 64];
                let len = stream.read(&mut bytes).await.unwrap();
                stream.write_all(&bytes[..len]).await.unwrap();
                stream.shutdown().await.unwrap();
                assert_eq!(stream.read(&mut bytes).await.unwrap(), 0);
            }
        });
        for _ in 0..20 {
            let mut client = UnixStream::connect(&path).await.unwrap();
            assert_eq!(client.peer_credentials().unwrap().pid, rustix::process::getpid());
            let pieces = [b"through ".as_slice(), b"", b"the file system"].map(IoSlice::new);
            assert_eq!(client.write_vectored(&pieces).await.unwrap(), 23);
            let (mut some, mut more, mut all) = ([0; 2], [0; 5], Vec::new());
            loop {
                match client.read_vectored(&mut [&mut some[..], &mut more].map(IoSliceMut::new)).await.unwrap() {
                    0 => break,
                    len => all.extend_from_slice(&[&some[..], &more].concat()[..len]),
                }
            }
            assert_eq!(all, b"through the file system");
        }
        server.await.unwrap();
        std::fs::remove_file(&path).unwrap();
        // One that is dropped while it connects.
        let listener = UnixListener::bind(&path).unwrap();
        for _ in 0..20 {
            let mut connect = Box::pin(UnixStream::connect(&path));
            let _ = poll_once(&mut connect).await;
        }
        drop(listener);
        sleep(Duration::from_millis(2)).await;
        std::fs::remove_file(&path).unwrap();
    });
    assert_eq!(descriptors(), before);
}

fn unix_datagrams(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (one, other) = UnixDatagram::pair().unwrap();
        let sender = spawn_local(async move {
            for number in 0..2000u32 {
                // Waits whenever the other has no room.
                one.send(&number.to_be_bytes()).await.unwrap();
            }
        });
        for number in 0..2000u32 {
            let mut bytes = [0; 8];
            assert_eq!(other.recv(&mut bytes).await.unwrap(), 4);
            assert_eq!(bytes[..4], number.to_be_bytes());
        }
        sender.await.unwrap();
        let (here, there) = (scratch("here"), scratch("there"));
        let (one, other) = (UnixDatagram::bind(&here).unwrap(), UnixDatagram::bind(&there).unwrap());
        one.send_to(b"x", &there).unwrap();
        let mut bytes = [0; 8];
        assert_eq!(other.recv_from(&mut bytes).await.unwrap(), (1, Some(here.clone())));
        std::fs::remove_file(&here).unwrap();
        std::fs::remove_file(&there).unwrap();
    });
}
