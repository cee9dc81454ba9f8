//! Named pipes of Windows that carry messages.

use crate::pipes::{LONG, insist, name, pattern, small};
use crate::{Case, descriptors, poll_once};
use std::io::ErrorKind;
use std::time::Duration;
use zokio_std::net::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, PipeMode, ServerOptions};
use zokio_std::time::{sleep, timeout};
use zokio_std::{Builder, spawn_local};

pub const CASES: &[Case] = &[
    ("messages_keep_their_bounds", messages_keep_their_bounds),
    ("long_messages_come_in_parts", long_messages_come_in_parts),
    ("dropped_operations_on_messages_lose_nothing", dropped_operations_on_messages_lose_nothing),
    ("messages_are_read_as_bytes_if_wanted", messages_are_read_as_bytes_if_wanted),
    ("messages_of_a_dropped_pipe_arrive", messages_of_a_dropped_pipe_arrive),
    ("the_next_client_sees_no_part_of_a_message", the_next_client_sees_no_part_of_a_message),
    ("messages_go_one_way_too", messages_go_one_way_too),
    ("a_pipe_of_bytes_gives_no_messages", a_pipe_of_bytes_gives_no_messages),
];

async fn connected(options: &mut ServerOptions) -> (NamedPipeServer, NamedPipeClient) {
    let name = name();
    let mut server = options.pipe_mode(PipeMode::Message).create(&name).unwrap();
    let client = ClientOptions::new().pipe_mode(PipeMode::Message).open(&name).unwrap();
    server.connect().await.unwrap();
    (server, client)
}

/// A whole message, by reads of `room` bytes, and how many there were.
async fn message(from: &mut NamedPipeServer, room: usize) -> (Vec<u8>, usize) {
    let (mut all, mut chunk, mut reads) = (Vec::new(), vec![0; room], 0);
    loop {
        let len = timeout(LONG, from.read(&mut chunk)).await.expect("it arrives").unwrap();
        all.extend_from_slice(&chunk[..len]);
        reads += 1;
        if !from.in_message() {
            return (all, reads);
        }
    }
}

fn messages_keep_their_bounds(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut server, mut client) = connected(&mut ServerOptions::new()).await;
        // All of them are there before the first is read.
        for len in 1..100 {
            assert_eq!(client.write(&pattern(len, len)).await.unwrap(), len);
        }
        assert_eq!(client.write(b"").await.unwrap(), 0);
        client.flush().await.unwrap();
        for len in 1..100 {
            assert_eq!(message(&mut server, 1000).await, (pattern(len, len), 1));
        }
        for (len, room) in [(1, 1), (10, 10), (10, 9), (10, 3), (10, 1)] {
            client.write_all(&pattern(len, 5)).await.unwrap();
            client.write_all(b"next").await.unwrap();
            assert_eq!(message(&mut server, room).await, (pattern(len, 5), len.div_ceil(room)), "{len} by {room}");
            assert_eq!(message(&mut server, 4).await, (b"next".to_vec(), 1));
        }
        // The other way, and at the same time.
        let answer = async {
            for len in 1..50 {
                server.write_all(&pattern(len, 1)).await.unwrap();
            }
        };
        let question = async {
            let mut bytes = [0; 64];
            for len in 1..50 {
                assert_eq!(client.read(&mut bytes).await.unwrap(), len);
                assert!(!client.in_message() && bytes[..len] == pattern(len, 1));
            }
        };
        zokio_std::future::join((answer, question)).await;
        drop(client);
        assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 0);
    });
}

fn long_messages_come_in_parts(builder: Builder) {
    builder.build().unwrap().block_on(async {
        for options in [&mut ServerOptions::new(), &mut small()] {
            let (mut server, mut client) = connected(options).await;
            // Around what is read from the system at a time, which is 16 KiB.
            let lens = [16_383, 16_384, 16_385, 32_768, 32_769, 100_000];
            let writing = spawn_local(async move {
                for len in lens {
                    assert_eq!(client.write(&pattern(len, 3)).await.unwrap(), len, "one message");
                    client.write_all(b"between").await.unwrap();
                }
                client.flush().await.unwrap();
                client
            });
            for len in lens {
                let (all, reads) = message(&mut server, 10_000).await;
                assert!(all == pattern(len, 3) && reads >= len.div_ceil(10_000), "{len}: {} by {reads}", all.len());
                assert_eq!(message(&mut server, 10_000).await, (b"between".to_vec(), 1), "after {len}");
            }
            let _client = writing.await.unwrap();
        }
    });
}

fn dropped_operations_on_messages_lose_nothing(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut server, mut client) = connected(&mut small()).await;
        let len = |round: usize| 1 + round * 131 % 20_000;
        let reading = spawn_local(async move {
            let (mut dropped, mut into) = (0, [0; 700]);
            for round in 0..200 {
                let mut all = Vec::new();
                while all.is_empty() || server.in_message() {
                    let len = insist(&mut dropped, async || server.read(&mut into).await).await.unwrap();
                    all.extend_from_slice(&into[..len]);
                }
                assert!(all == pattern(len(round), round), "message {round} has {} bytes", all.len());
            }
            dropped
        });
        let mut dropped = 0;
        for round in 0..200 {
            let bytes = pattern(len(round), round);
            // A write that is given up has sent nothing.
            insist(&mut dropped, async || client.write(&bytes).await).await.unwrap();
        }
        let reads = timeout(LONG, reading).await.expect("everything arrives").unwrap();
        assert!(reads > 0 && dropped > 0, "{reads} reads and {dropped} writes had to wait");
    });
}

fn messages_are_read_as_bytes_if_wanted(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let name = name();
        let mut server = ServerOptions::new().pipe_mode(PipeMode::Message).create(&name).unwrap();
        let mut client = ClientOptions::new().open(&name).unwrap();
        server.connect().await.unwrap();
        for word in [b"one", b"two"] {
            server.write_all(word).await.unwrap();
        }
        server.flush().await.unwrap();
        let (mut bytes, mut len) = ([0; 64], 0);
        while len < 6 {
            len += client.read(&mut bytes[len..]).await.unwrap();
            assert!(!client.in_message());
        }
        assert_eq!(&bytes[..6], b"onetwo");
        // What it writes are messages.
        client.write_all(&pattern(20_000, 1)).await.unwrap();
        client.write_all(b"end").await.unwrap();
        assert!(message(&mut server, 30_000).await.0 == pattern(20_000, 1));
        assert_eq!(message(&mut server, 30_000).await, (b"end".to_vec(), 1));
    });
}

fn messages_of_a_dropped_pipe_arrive(builder: Builder) {
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        let (mut server, mut client) = connected(&mut small()).await;
        client.write_all(&pattern(12_000, 4)).await.unwrap();
        drop(client);
        let (all, _) = message(&mut server, 5000).await;
        assert!(all == pattern(12_000, 4));
        assert_eq!(timeout(LONG, server.read(&mut [0; 8])).await.expect("then the end").unwrap(), 0);
        // A part was read, and a read is under way.
        let (mut server, mut client) = connected(&mut ServerOptions::new()).await;
        client.write_all(b"message").await.unwrap();
        assert_eq!(server.read(&mut [0; 3]).await.unwrap(), 3);
        assert!(server.in_message() && poll_once(&mut Box::pin(client.read(&mut [0; 3]))).await.is_none());
        drop((server, client));
        let gone = async {
            while descriptors() != before + 1 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(LONG, gone).await.expect("both are closed");
    });
    assert_eq!(descriptors(), before);
}

fn the_next_client_sees_no_part_of_a_message(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let name = name();
        let mut server = ServerOptions::new().pipe_mode(PipeMode::Message).create(&name).unwrap();
        for round in 0..4 {
            let mut client = ClientOptions::new().pipe_mode(PipeMode::Message).open(&name).unwrap();
            server.connect().await.unwrap();
            client.write_all(&pattern(40_000, 1)).await.unwrap();
            assert_eq!(server.read(&mut [0; 100]).await.unwrap(), 100);
            assert!(server.in_message());
            server.disconnect().unwrap();
            assert!(!server.in_message());
            drop(client);
            assert!(poll_once(&mut Box::pin(server.connect())).await.is_none());
            let mut other = ClientOptions::new().pipe_mode(PipeMode::Message).open(&name).unwrap();
            server.connect().await.unwrap();
            other.write_all(b"mine").await.unwrap();
            assert_eq!(message(&mut server, 64).await, (b"mine".to_vec(), 1), "in round {round}");
            server.disconnect().unwrap();
            assert!(poll_once(&mut Box::pin(server.connect())).await.is_none());
        }
    });
}

fn messages_go_one_way_too(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let name = name();
        let mut options = ServerOptions::new();
        let mut server = options.access_inbound(false).pipe_mode(PipeMode::Message).create(&name).unwrap();
        let mut client = ClientOptions::new().write(false).pipe_mode(PipeMode::Message).open(&name).unwrap();
        server.connect().await.unwrap();
        for word in [b"one", b"two"] {
            server.write_all(word).await.unwrap();
        }
        let mut bytes = [0; 2];
        for expected in [b"on", b"e\0", b"tw", b"o\0"] {
            bytes[1] = 0;
            let len = client.read(&mut bytes).await.unwrap();
            assert_eq!((&bytes, len == 2), (expected, client.in_message()));
        }
    });
}

fn a_pipe_of_bytes_gives_no_messages(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let name = name();
        let _server = ServerOptions::new().create(&name).unwrap();
        let refused = ClientOptions::new().pipe_mode(PipeMode::Message).open(&name).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    });
}
