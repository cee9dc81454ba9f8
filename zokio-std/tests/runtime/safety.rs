//! What is in flight when its owner is forgotten, when the process forks, and when descriptors run out.

use crate::peers::{any, pair};
use crate::{Case, descriptors, poll_once};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use zokio_std::Builder;
use zokio_std::net::TcpListener;

pub const CASES: &[Case] = &[
    ("forgotten_streams_end_with_their_runtime", forgotten_streams_end_with_their_runtime),
    ("a_fork_disturbs_nothing_in_flight", a_fork_disturbs_nothing_in_flight),
    ("accept_recovers_when_descriptors_were_short", accept_recovers_when_descriptors_were_short),
];

fn forgotten_streams_end_with_their_runtime(builder: Builder) {
    let before = descriptors();
    let runtime = builder.build().unwrap();
    let mut peers = Vec::new();
    runtime.block_on(async {
        for round in 0..8 {
            let (stream, mut peer) = pair().await;
            let stream = Box::leak(Box::new(stream));
            let bytes: &'static mut [u8] = Box::leak(Box::new([0; 8]));
            if round % 4 == 3 {
                // Written and forgotten: it is sent all the same.
                stream.write_all(b"sent").await.unwrap();
            } else {
                let mut read = Box::pin(stream.read(bytes));
                assert!(poll_once(&mut read).await.is_none());
                match round % 4 {
                    0 => std::mem::forget(read),
                    1 => drop(read),
                    _ => {
                        std::mem::forget(read);
                        peer.write_all(b"unread").unwrap();
                    }
                }
            }
            peers.push((round, peer));
        }
    });
    drop(runtime);
    for (round, mut peer) in peers {
        let mut all = Vec::new();
        let ended = peer.read_to_end(&mut all);
        match round % 4 {
            3 => assert_eq!((ended.unwrap(), all.as_slice()), (4, &b"sent"[..])),
            // What nobody read makes the end a reset.
            2 => assert!(all.is_empty()),
            _ => assert_eq!(ended.unwrap(), 0),
        }
    }
    assert_eq!(descriptors(), before);
    assert_eq!(zokio_std::leaked_reactors(), 0);
}

fn a_fork_disturbs_nothing_in_flight(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut stream, mut peer) = pair().await;
        let mut bytes = [0; 8];
        for round in 0..3u8 {
            {
                let mut read = Box::pin(stream.read(&mut bytes));
                assert!(poll_once(&mut read).await.is_none());
            }
            let mut program = std::process::Command::new("true");
            // SAFETY: does nothing; but with it the child is a fork, which has our memory and descriptors for a while.
            unsafe { program.pre_exec(|| Ok(())) };
            assert!(program.status().unwrap().success());
            peer.write_all(&[round]).unwrap();
            assert_eq!(stream.read(&mut bytes).await.unwrap(), 1);
            assert_eq!(bytes[0], round);
        }
    });
}

fn accept_recovers_when_descriptors_were_short(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let mut listener = TcpListener::bind(any()).unwrap();
        let mut client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let limit = getrlimit(Resource::Nofile);
        let highest = std::fs::read_dir("/proc/self/fd").unwrap();
        let highest = highest.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u64>().ok()).max();
        setrlimit(Resource::Nofile, Rlimit { current: Some(highest.unwrap() + 8), ..limit }).unwrap();
        let mut fill = Vec::new();
        while let Ok(file) = std::fs::File::open("/dev/null") {
            fill.push(file);
        }
        let refused = listener.accept().await;
        drop(fill);
        setrlimit(Resource::Nofile, limit).unwrap();
        let errno = rustix::io::Errno::MFILE.raw_os_error();
        assert_eq!(refused.unwrap_err().raw_os_error(), Some(errno));
        // The connection waited.
        let (mut stream, _) = listener.accept().await.unwrap();
        client.write_all(b"still here").unwrap();
        let mut bytes = [0; 16];
        assert_eq!(stream.read(&mut bytes).await.unwrap(), 10);
    });
}
