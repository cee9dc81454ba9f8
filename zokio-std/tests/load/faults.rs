//! Peers that are silent or slow, and descriptors that run out. The others are served meanwhile.

use crate::clients::{Clients, Kind, MESSAGE};
use crate::crowd::serve;
use crate::{Case, Scale, descriptors};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;
use std::time::Duration;
use zokio_std::net::TcpListener;
use zokio_std::time::{sleep, timeout};
use zokio_std::{Builder, spawn_local};

pub const CASES: &[Case] = &[
    ("silent_peers_are_cut_off", silent),
    ("slow_readers_get_every_byte", slow),
    ("descriptors_run_out_and_come_back", shortage),
];

fn silent(builder: Builder, scale: Scale) {
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        let count = scale.connections / 4;
        let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut peers = Clients::start(Kind::Silent, listener.local_addr().unwrap(), count, 0);
        let bytes = Rc::new(Cell::new(0));
        let mut cut = Vec::new();
        for _ in 0..count {
            let (mut stream, _) = listener.accept().await.unwrap();
            let bytes = bytes.clone();
            cut.push(spawn_local(async move {
                let (mut message, mut seen) = ([0; MESSAGE], 0);
                // Until a whole message is there, or for so long.
                let whole = timeout(Duration::from_millis(300), async {
                    while seen < MESSAGE {
                        let len = stream.read(&mut message[seen..]).await.unwrap();
                        assert!(len > 0, "the peer does not leave");
                        seen += len;
                    }
                })
                .await;
                assert!(whole.is_err());
                bytes.set(bytes.get() + seen);
            }));
        }
        // Meanwhile somebody else.
        let other = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut clients = Clients::start(Kind::Echo, other.local_addr().unwrap(), 20, 20);
        assert_eq!(serve(other, &mut clients).await, (20, 20 * 20 * MESSAGE));
        clients.end();
        for cut in cut {
            cut.await.unwrap();
        }
        assert_eq!(bytes.get(), count.div_ceil(2) * (MESSAGE / 2));
        while !peers.have_ended() {
            sleep(Duration::from_millis(2)).await;
        }
        peers.end();
    });
    runtime.block_on(async { sleep(Duration::from_millis(5)).await });
    assert_eq!(descriptors(), before);
}

fn slow(builder: Builder, scale: Scale) {
    const EACH: usize = 3 << 20;
    let count = if scale.connections > 1000 { 40 } else { 8 };
    builder.build().unwrap().block_on(async {
        let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let readers: Vec<_> = (0..count)
            .map(|number| {
                std::thread::spawn(move || {
                    let mut stream = std::net::TcpStream::connect(address).unwrap();
                    let (mut bytes, mut seen) = ([0; 30_000], 0);
                    loop {
                        if seen < EACH / 4 {
                            std::thread::sleep(Duration::from_millis(1 + number % 3));
                        }
                        match stream.read(&mut bytes).unwrap() {
                            0 => return seen,
                            len => {
                                let right = bytes[..len].iter().zip(seen..).all(|(&byte, at)| byte == pattern(at));
                                assert!(right, "after {seen} bytes");
                                seen += len;
                            }
                        }
                    }
                })
            })
            .collect();
        let mut writers = Vec::new();
        for _ in 0..count {
            let (mut stream, _) = listener.accept().await.unwrap();
            writers.push(spawn_local(async move {
                let (mut at, mut chunk) = (0, vec![0; 10_000]);
                while at < EACH {
                    let len = chunk.len().min(EACH - at);
                    chunk.iter_mut().zip(at..).for_each(|(byte, at)| *byte = pattern(at));
                    stream.write_all(&chunk[..len]).await.unwrap();
                    at += len;
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
        for reader in readers {
            while !reader.is_finished() {
                sleep(Duration::from_millis(2)).await;
            }
            assert_eq!(reader.join().unwrap(), EACH);
        }
    });
}

fn pattern(at: usize) -> u8 {
    (at ^ (at >> 8)) as u8
}

fn shortage(builder: Builder, scale: Scale) {
    let runtime = builder.build().unwrap();
    let limit = getrlimit(Resource::Nofile);
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        // Three times as many as there is room for wait at a time.
        let count = scale.storm;
        let mut clients = Clients::start(Kind::EchoInTurn, listener.local_addr().unwrap(), count, 60);
        let numbers = std::fs::read_dir("/proc/self/fd").unwrap();
        let highest = numbers.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u64>().ok()).max();
        setrlimit(Resource::Nofile, Rlimit { current: Some(highest.unwrap() + 20), ..limit }).unwrap();
        let served = serve(listener, &mut clients).await;
        setrlimit(Resource::Nofile, limit).unwrap();
        assert_eq!(served, (count, count * MESSAGE));
        assert_eq!(clients.end(), count * MESSAGE);
    });
}
