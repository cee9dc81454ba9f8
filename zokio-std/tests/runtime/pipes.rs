//! Named pipes of Windows.

use crate::{Case, descriptors, poll_once};
use std::io::ErrorKind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use zokio_std::net::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};
use zokio_std::time::{sleep, timeout};
use zokio_std::{Builder, Runtime, spawn_local};

pub const CASES: &[Case] = &[
    ("pipes_carry_both_directions_at_once", pipes_carry_both_directions_at_once),
    ("clients_of_pipes_come_when_they_like", clients_of_pipes_come_when_they_like),
    ("dropped_operations_on_pipes_lose_nothing", dropped_operations_on_pipes_lose_nothing),
    ("the_next_client_of_a_pipe_sees_nothing_of_the_last", the_next_client_of_a_pipe_sees_nothing_of_the_last),
    ("pipes_refuse_with_a_reason", pipes_refuse_with_a_reason),
    ("the_first_instance_of_a_pipe_is_told_from_others", the_first_instance_of_a_pipe_is_told_from_others),
    ("what_a_dropped_pipe_accepted_is_written", what_a_dropped_pipe_accepted_is_written),
    ("runtimes_end_with_pipes_in_use", runtimes_end_with_pipes_in_use),
    ("many_instances_of_a_pipe_serve_many_clients", many_instances_of_a_pipe_serve_many_clients),
];

/// Longer than anything here takes.
pub const LONG: Duration = Duration::from_secs(60);

/// Begins an operation until one ends at once; drops the others, and adds to `dropped` how many those were.
pub async fn insist<T>(dropped: &mut u32, mut begin: impl AsyncFnMut() -> T) -> T {
    loop {
        if let Some(done) = poll_once(&mut Box::pin(begin())).await {
            return done;
        }
        *dropped += 1;
        sleep(Duration::from_micros(50)).await;
    }
}

/// A name that nobody else has.
pub fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(r"\\.\pipe\zokio-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Less than the tests send, so that both sides have to wait for each other.
pub fn small() -> ServerOptions {
    let mut options = ServerOptions::new();
    options.in_buffer_size(1024).out_buffer_size(1024);
    options
}

async fn connected(options: &ServerOptions) -> (NamedPipeServer, NamedPipeClient) {
    let name = name();
    let mut server = options.create(&name).unwrap();
    let client = ClientOptions::new().open(&name).unwrap();
    server.connect().await.unwrap();
    (server, client)
}

pub fn pattern(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 251 + seed) as u8).collect()
}

fn pipes_carry_both_directions_at_once(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (server, mut client) = connected(&small()).await;
        let (mut from_client, mut to_client) = server.into_split();
        let (there, back) = (pattern(300_000, 1), pattern(300_000, 2));
        let (expected, answer) = (there.clone(), back.clone());
        let reading = spawn_local(async move {
            let (mut all, mut chunk) = (Vec::new(), [0; 5000]);
            loop {
                match from_client.read(&mut chunk).await.unwrap() {
                    0 => return all,
                    len => all.extend_from_slice(&chunk[..len]),
                }
            }
        });
        let writing = spawn_local(async move {
            to_client.write_all(&answer).await.unwrap();
            to_client.flush().await.unwrap();
            to_client
        });
        let mut got = vec![0; back.len()];
        let (reader, writer) = client.split();
        let read = async {
            embedded_io_async::Read::read_exact(reader, &mut got).await.unwrap();
        };
        zokio_std::future::join((read, async { writer.write_all(&there).await.unwrap() })).await;
        assert!(got == back);
        client.flush().await.unwrap();
        drop(client);
        assert!(reading.await.unwrap() == expected);
        let mut to_client = writing.await.unwrap();
        assert_eq!(to_client.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

fn clients_of_pipes_come_when_they_like(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let name = name();
        let mut server = ServerOptions::new().create(&name).unwrap();
        // Before the server waits, and gone before it does.
        let mut client = ClientOptions::new().open(&name).unwrap();
        client.write_all(b"early").await.unwrap();
        client.flush().await.unwrap();
        drop(client);
        server.connect().await.unwrap();
        let mut bytes = [0; 16];
        assert_eq!(server.read(&mut bytes).await.unwrap(), 5);
        assert_eq!(&bytes[..5], b"early");
        assert_eq!(server.read(&mut bytes).await.unwrap(), 0);
        server.disconnect().unwrap();
        // While it waits, and while a wait is given up.
        for round in 0..20 {
            assert!(poll_once(&mut Box::pin(server.connect())).await.is_none());
            let mut client = ClientOptions::new().open(&name).unwrap();
            if round % 2 == 0 {
                sleep(Duration::from_millis(1)).await;
            }
            timeout(LONG, server.connect()).await.expect("no client is lost").unwrap();
            server.write_all(&[round]).await.unwrap();
            assert_eq!(client.read(&mut bytes).await.unwrap(), 1);
            assert_eq!(bytes[0], round);
            server.disconnect().unwrap();
        }
    });
}

fn dropped_operations_on_pipes_lose_nothing(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut server, client) = connected(&small()).await;
        let (mut from_server, _to_server) = client.into_split();
        let sent = pattern(100_000, 3);
        let expected = sent.clone();
        let reading = spawn_local(async move {
            let (mut all, mut dropped) = (Vec::new(), 0);
            while all.len() < expected.len() {
                let mut into = [0; 170];
                let len = insist(&mut dropped, async || from_server.read(&mut into).await).await.unwrap();
                all.extend_from_slice(&into[..len]);
            }
            assert!(all == expected);
            dropped
        });
        let (mut rest, mut dropped) = (&sent[..], 0);
        while !rest.is_empty() {
            let piece = &rest[..rest.len().min(900)];
            let len = insist(&mut dropped, async || server.write(piece).await).await.unwrap();
            rest = &rest[len..];
        }
        let reads = timeout(LONG, reading).await.expect("everything arrives").unwrap();
        assert!(reads > 0 && dropped > 0, "{reads} reads and {dropped} writes had to wait");
    });
}

fn the_next_client_of_a_pipe_sees_nothing_of_the_last(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let name = name();
        let mut server = small().create(&name).unwrap();
        for round in 0..4 {
            let mut client = ClientOptions::new().open(&name).unwrap();
            server.connect().await.unwrap();
            // Some of it is taken, some read and not taken, some under way.
            client.write_all(b"of the last one").await.unwrap();
            let mut bytes = [0; 4];
            assert_eq!(server.read(&mut bytes).await.unwrap(), 4);
            assert_eq!(&bytes, b"of t", "in round {round}");
            server.write_all(&[round; 3000]).await.unwrap();
            server.disconnect().unwrap();
            let mut lost = [0; 64];
            let read = timeout(LONG, client.read(&mut lost)).await.expect("it is told");
            assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
            let mut other = ClientOptions::new().open(&name);
            if other.is_err() {
                // It listens only when it is told to.
                assert!(poll_once(&mut Box::pin(server.connect())).await.is_none());
                other = ClientOptions::new().open(&name);
            }
            let mut other = other.unwrap();
            server.connect().await.unwrap();
            other.write_all(b"mine").await.unwrap();
            assert_eq!(server.read(&mut bytes).await.unwrap(), 4);
            assert_eq!(&bytes, b"mine");
            server.write_all(b"yours").await.unwrap();
            let len = other.read(&mut lost).await.unwrap();
            assert_eq!(&lost[..len], b"yours");
            server.disconnect().unwrap();
            assert!(poll_once(&mut Box::pin(server.connect())).await.is_none());
        }
    });
}

fn pipes_refuse_with_a_reason(builder: Builder) {
    let runtime = builder.build().unwrap();
    let nobody = name();
    assert_eq!(ServerOptions::new().create(&nobody).unwrap_err().kind(), ErrorKind::NotConnected);
    assert_eq!(ClientOptions::new().open(&nobody).unwrap_err().kind(), ErrorKind::NotConnected);
    runtime.block_on(async {
        assert_eq!(ClientOptions::new().open(&nobody).unwrap_err().kind(), ErrorKind::NotFound);
        let refused = |options: &ServerOptions, name: &str| options.create(name).unwrap_err().kind();
        let mut options = ServerOptions::new();
        assert_eq!(refused(&options, "\\\\.\\pipe\\a\0b"), ErrorKind::InvalidInput);
        assert_eq!(refused(options.clone().max_instances(0), &nobody), ErrorKind::InvalidInput);
        let neither = options.access_inbound(false).access_outbound(false);
        assert_eq!(refused(neither, &nobody), ErrorKind::InvalidInput);
        let name = name();
        let mut server = ServerOptions::new().max_instances(1).access_outbound(false).create(&name).unwrap();
        /// `ERROR_PIPE_BUSY` and `ERROR_PIPE_LISTENING`.
        const BUSY: Option<i32> = Some(231);
        const LISTENING: Option<i32> = Some(536);
        let more = ServerOptions::new().max_instances(1).access_outbound(false).create(&name).unwrap_err();
        assert_eq!(more.raw_os_error(), BUSY);
        assert_eq!(server.read(&mut [0; 4]).await.unwrap_err().raw_os_error(), LISTENING);
        assert_eq!(ClientOptions::new().open(&name).unwrap_err().kind(), ErrorKind::PermissionDenied);
        let mut client = ClientOptions::new().read(false).open(&name).unwrap();
        assert_eq!(ClientOptions::new().read(false).open(&name).unwrap_err().raw_os_error(), BUSY);
        server.connect().await.unwrap();
        assert_eq!(client.read(&mut [0; 4]).await.unwrap_err().kind(), ErrorKind::PermissionDenied);
        assert_eq!(server.write(b"x").await.unwrap_err().kind(), ErrorKind::PermissionDenied);
        client.write_all(b"still").await.unwrap();
        let mut bytes = [0; 16];
        assert_eq!(server.read(&mut bytes).await.unwrap(), 5);
    });
}

fn the_first_instance_of_a_pipe_is_told_from_others(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let name = name();
        let mut first = ServerOptions::new();
        first.first_pipe_instance(true);
        let one = first.create(&name).unwrap();
        assert_eq!(first.create(&name).unwrap_err().kind(), ErrorKind::PermissionDenied);
        drop(one);
        first.create(&name).unwrap();
    });
}

fn what_a_dropped_pipe_accepted_is_written(builder: Builder) {
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        let (mut server, mut client) = connected(&small()).await;
        let sent = pattern(12_000, 4);
        server.write_all(&sent).await.unwrap();
        drop(server);
        let mut got = vec![0; sent.len()];
        let read = embedded_io_async::Read::read_exact(&mut client, &mut got);
        timeout(LONG, read).await.expect("it is on its way").unwrap();
        assert!(got == sent);
        assert_eq!(timeout(LONG, client.read(&mut got)).await.expect("then the end").unwrap(), 0);
        // With a read under way.
        let (mut server, client) = connected(&small()).await;
        assert!(poll_once(&mut Box::pin(server.read(&mut [0; 8]))).await.is_none());
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

fn runtimes_end_with_pipes_in_use(builder: Builder) {
    let before = descriptors();
    let runtime: Runtime = builder.build().unwrap();
    let (mut listening, mut server, _client) = runtime.block_on(async {
        let mut listening = ServerOptions::new().create(name()).unwrap();
        assert!(poll_once(&mut Box::pin(listening.connect())).await.is_none());
        let (mut server, client) = connected(&small()).await;
        assert!(poll_once(&mut Box::pin(server.read(&mut [0; 8]))).await.is_none());
        server.write_all(&[1; 12_000]).await.unwrap();
        (listening, server, client)
    });
    drop(runtime);
    // They outlive it, and say so.
    Runtime::new().unwrap().block_on(async {
        assert!(listening.connect().await.is_err());
        assert!(server.read(&mut [0; 8]).await.is_err());
        assert!(server.write(b"x").await.is_err());
    });
    drop((listening, server, _client));
    assert_eq!(descriptors(), before);
}

fn many_instances_of_a_pipe_serve_many_clients(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let name = name();
        let mut first = ServerOptions::new();
        let mut next = first.first_pipe_instance(true).create(&name).unwrap();
        let clients = (0..40u8).map(|number| {
            let name = name.clone();
            async move {
                let mut client = loop {
                    match ClientOptions::new().open(&name) {
                        // No instance listens at this moment.
                        Err(error) if error.raw_os_error() == Some(231) => sleep(Duration::from_millis(1)).await,
                        opened => break opened.unwrap(),
                    }
                };
                for round in 0..10 {
                    client.write_all(&[number, round]).await.unwrap();
                    let mut echo = [0; 2];
                    embedded_io_async::Read::read_exact(&mut client, &mut echo).await.unwrap();
                    assert_eq!(echo, [number, round]);
                }
            }
        });
        let clients: Vec<_> = clients.map(spawn_local).collect();
        for _ in 0..clients.len() {
            timeout(LONG, next.connect()).await.expect("every client comes").unwrap();
            let fresh = ServerOptions::new().create(&name).unwrap();
            let mut server = std::mem::replace(&mut next, fresh);
            spawn_local(async move {
                let mut bytes = [0; 64];
                loop {
                    match server.read(&mut bytes).await.unwrap() {
                        0 => return,
                        len => server.write_all(&bytes[..len]).await.unwrap(),
                    }
                }
            })
            .detach();
        }
        for client in clients {
            client.await.unwrap();
        }
    });
}
