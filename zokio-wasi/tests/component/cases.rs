//! The cases.

use core::future::{pending, poll_fn};
use core::task::Poll;
use std::cell::RefCell;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use zokio_core::future::join;
use zokio_core::time::Clock;
use zokio_wasi::http::{Outgoing, Request, send};
use zokio_wasi::net::{TcpListener, TcpStream, UdpSocket, lookup};
use zokio_wasi::{RunError, WasiClock, block_on, sleep, spawn_local, stats, timeout};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn anywhere() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

/// Runs all but those that are left out.
pub fn main(left_out: &[String]) {
    let cases: [(&str, fn()); 15] = [
        ("sleeps end in order and not early", sleeps_end_in_order_and_not_early),
        ("a timer alone is one call of the host", a_timer_alone_is_one_call_of_the_host),
        ("yielding asks the host nothing", yielding_asks_the_host_nothing),
        ("what can never go on is an error", what_can_never_go_on_is_an_error),
        ("more tasks than one arena holds", more_tasks_than_one_arena_holds),
        ("TCP: echo of much, both directions at once", tcp_echo),
        ("TCP: the end and the refusal", tcp_ends),
        ("a cancelled read takes nothing", a_cancelled_read_takes_nothing),
        ("a forgotten read does no harm", a_forgotten_read_does_no_harm),
        ("TCP: halves that go their own ways", halves_go_their_own_ways),
        ("UDP: there and back", udp_there_and_back),
        ("UDP: connected to one", udp_connected_to_one),
        ("names", names),
        ("files", files),
        ("HTTP: a request", http_request),
    ];
    for (name, case) in cases {
        if !left_out.iter().any(|left_out| left_out == name) {
            case();
            println!("{name}: ok");
        }
    }
}

fn sleeps_end_in_order_and_not_early() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let tasks = [30, 1, 20, 10].map(|wait| {
        let order = order.clone();
        spawn_local(async move {
            let start = WasiClock.now();
            sleep(ms(wait)).await;
            assert!(WasiClock.now() - start >= ms(wait));
            order.borrow_mut().push(wait);
        })
    });
    block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    })
    .unwrap();
    assert_eq!(*order.borrow(), [1, 10, 20, 30]);
}

fn a_timer_alone_is_one_call_of_the_host() {
    let before = stats().host_calls;
    block_on(async { sleep(ms(5)).await }).unwrap();
    assert_eq!(stats().host_calls - before, 1);
}

fn yielding_asks_the_host_nothing() {
    let before = stats().host_calls;
    block_on(async {
        for _ in 0..10_000 {
            zokio_core::future::yield_now().await;
        }
    })
    .unwrap();
    assert_eq!(stats().host_calls, before);
}

fn what_can_never_go_on_is_an_error() {
    let stuck = spawn_local(pending::<()>());
    let Err(RunError::Deadlock(deadlock)) = block_on(pending::<()>()) else { panic!("a deadlock was not found") };
    assert_eq!(deadlock.tasks, 1);
    stuck.abort();
    assert!(matches!(block_on(async { block_on(async {}) }).unwrap(), Err(RunError::Nested)));
}

fn more_tasks_than_one_arena_holds() {
    let tasks: Vec<_> = (0..1000_u32).map(|number| spawn_local(async move { number })).collect();
    let sum = block_on(async {
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        sum
    });
    assert_eq!(sum.unwrap(), 499_500);
}

fn tcp_echo() {
    const LEN: usize = 1 << 20;
    block_on(async {
        let mut listener = TcpListener::bind(anywhere()).unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn_local(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            loop {
                match stream.read(&mut buffer).await.unwrap() {
                    0 => return stream.shutdown().await.unwrap(),
                    len => stream.write_all(&buffer[..len]).await.unwrap(),
                }
            }
        });
        let mut client = TcpStream::connect(address).await.unwrap();
        assert_eq!(client.peer_addr().unwrap(), address);
        let sent: Vec<u8> = (0..LEN).map(|i| (i * 7 % 251) as u8).collect();
        let mut received = Vec::new();
        {
            let (mut reader, mut writer) = client.split();
            let read = async {
                let mut buffer = [0; 3000];
                while received.len() < LEN {
                    let len = reader.read(&mut buffer).await.unwrap();
                    assert!(len > 0, "the end came after {} bytes", received.len());
                    received.extend_from_slice(&buffer[..len]);
                }
            };
            let write = async { writer.write_all(&sent).await.unwrap() };
            join((read, write)).await;
        }
        assert!(received == sent);
        client.shutdown().await.unwrap();
        assert_eq!(client.read(&mut [0; 8]).await.unwrap(), 0);
        server.await.unwrap();
    })
    .unwrap();
}

fn tcp_ends() {
    block_on(async {
        let listener = TcpListener::bind(anywhere()).unwrap();
        let address = listener.local_addr().unwrap();
        let taken = TcpListener::bind(address).err().expect("the address is taken");
        assert_eq!(taken.kind(), ErrorKind::AddrInUse, "{taken}");
        drop(listener);
        let refused = TcpStream::connect(address).await.err().expect("nobody listens");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "{refused}");
    })
    .unwrap();
}

async fn pair() -> (TcpStream, TcpStream) {
    let mut listener = TcpListener::bind(anywhere()).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (client, listener.accept().await.unwrap().0)
}

fn a_cancelled_read_takes_nothing() {
    block_on(async {
        let (mut client, mut server) = pair().await;
        let mut buffer = [0; 8];
        assert!(timeout(ms(2), server.read(&mut buffer)).await.is_err());
        client.write_all(b"late").await.unwrap();
        assert_eq!(server.read(&mut buffer).await.unwrap(), 4);
        assert_eq!(&buffer[..4], b"late");
    })
    .unwrap();
    // Nothing is left armed: otherwise this would wait for ever instead of being seen as stuck.
    assert!(matches!(block_on(pending::<()>()), Err(RunError::Deadlock(_))));
}

fn a_forgotten_read_does_no_harm() {
    block_on(async {
        let (mut client, mut server) = pair().await;
        let mut buffer = [0; 8];
        let mut read = Box::pin(server.read(&mut buffer));
        poll_fn(|cx| {
            assert!(read.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        // Its pollable stays in the driver's table.
        std::mem::forget(read);
        client.write_all(b"x").await.unwrap();
        // A host traps here if the pollable is still there.
        drop(server);
        sleep(ms(1)).await;
    })
    .unwrap();
}

fn halves_go_their_own_ways() {
    block_on(async {
        let (client, server) = pair().await;
        let (mut reader, mut writer) = server.into_split();
        let (mut back, mut there) = client.into_split();
        let sender = spawn_local(async move {
            there.write_all(b"one, two").await.unwrap();
            there.shutdown().await.unwrap();
        });
        let mut buffer = [0; 5];
        reader.read_exact(&mut buffer).await.unwrap();
        assert_eq!(&buffer, b"one, ");
        assert_eq!(reader.read_exact(&mut buffer).await.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        // Its half is gone, the connection is not.
        sender.await.unwrap();
        drop(reader);
        writer.write_all(b"back").await.unwrap();
        assert_eq!(back.read(&mut buffer).await.unwrap(), 4);
        writer.shutdown().await.unwrap();
        drop(writer);
        assert_eq!(back.read(&mut buffer).await.unwrap(), 0);
    })
    .unwrap();
}

fn udp_connected_to_one() {
    block_on(async {
        let [one, peer, stranger] = [(); 3].map(|()| Rc::new(UdpSocket::bind(anywhere()).unwrap()));
        let address = one.local_addr().unwrap();
        assert_eq!(one.peer_addr().unwrap_err().kind(), ErrorKind::NotConnected);
        assert!(one.send(b"to nobody").await.is_err());
        let waiting = spawn_local({
            let one = one.clone();
            async move { one.recv_from(&mut [0; 8]).await.map(|(len, _)| len) }
        });
        sleep(ms(1)).await;
        assert_eq!(one.connect(peer.local_addr().unwrap()).unwrap_err().kind(), ErrorKind::ResourceBusy);
        peer.send_to(b"hear", address).await.unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), 4);

        one.connect(peer.local_addr().unwrap()).unwrap();
        assert_eq!(one.peer_addr().unwrap(), peer.local_addr().unwrap());
        stranger.send_to(b"stranger", address).await.unwrap();
        assert_eq!(one.send(b"ask").await.unwrap(), 3);
        let mut buffer = [0; 8];
        let (len, from) = peer.recv_from(&mut buffer).await.unwrap();
        assert_eq!((&buffer[..len], from), (&b"ask"[..], address));
        peer.send_to(b"answer", address).await.unwrap();
        let len = one.recv(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..len], b"answer");
        one.set_ttl(9).unwrap();
        assert_eq!(one.set_ttl(256).unwrap_err().kind(), ErrorKind::InvalidInput);
    })
    .unwrap();
}

fn udp_there_and_back() {
    block_on(async {
        let (one, other) = (UdpSocket::bind(anywhere()).unwrap(), UdpSocket::bind(anywhere()).unwrap());
        let address = other.local_addr().unwrap();
        let server = spawn_local(async move {
            let mut buffer = [0; 16];
            let (len, from) = other.recv_from(&mut buffer).await.unwrap();
            other.send_to(&buffer[..len], from).await.unwrap();
        });
        let mut buffer = [0; 16];
        assert_eq!(one.send_to(b"ping", address).await.unwrap(), 4);
        let (len, from) = one.recv_from(&mut buffer).await.unwrap();
        assert_eq!((&buffer[..len], from), (&b"ping"[..], address));
        server.await.unwrap();
    })
    .unwrap();
}

fn names() {
    block_on(async {
        let found = lookup("localhost:80").await.unwrap();
        assert!(found.iter().any(|address| address.ip().is_loopback() && address.port() == 80), "{found:?}");
        assert_eq!(lookup("localhost").await.unwrap_err().kind(), ErrorKind::InvalidInput);
        assert!(lookup("no-such-name.invalid:1").await.is_err());
    })
    .unwrap();
}

fn files() {
    use zokio_wasi::fs;
    block_on(async {
        let name = "zokio-component-case.tmp";
        let mut file = fs::File::create(name).await.unwrap();
        file.write_all_at(b"hello, file", 0).await.unwrap();
        file.write_all_at(b"F", 7).await.unwrap();
        let mut buffer = [0; 4];
        assert_eq!(file.read_at(&mut buffer, 7).await.unwrap(), 4);
        assert_eq!(&buffer, b"File");
        assert_eq!(file.read_at(&mut buffer, 11).await.unwrap(), 0);
        assert_eq!(file.metadata().await.unwrap().len(), 11);
        drop(file);
        assert_eq!(fs::read(name).await.unwrap(), b"hello, File");
        let mut entries = fs::read_dir(".").await.unwrap();
        let mut found = false;
        while let Some(entry) = entries.next_entry().await.unwrap() {
            found |= entry.file_name() == name;
        }
        assert!(found);
        fs::remove_file(name).await.unwrap();
        assert_eq!(fs::File::open(name).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert!(fs::read("/etc/passwd").await.is_err());
    })
    .unwrap();
}

/// To a server in this component, which speaks as much HTTP as it takes.
fn http_request() {
    block_on(async {
        let mut listener = TcpListener::bind(anywhere()).unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn_local(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut said, mut buffer) = (Vec::new(), [0; 512]);
            while !said.windows(6).any(|bytes| bytes == b"a body") {
                let len = stream.read(&mut buffer).await.unwrap();
                assert!(len > 0, "{}", String::from_utf8_lossy(&said));
                said.extend_from_slice(&buffer[..len]);
            }
            assert!(said.starts_with(b"POST /what HTTP/1.1\r\n"), "{}", String::from_utf8_lossy(&said));
            let answer = b"HTTP/1.1 203 Heard\r\ncontent-length: 6\r\nconnection: close\r\n\r\nanswer";
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
        });
        let request = Request::post(format!("http://{address}/what")).body(Outgoing::from("a body")).unwrap();
        let response = send(request).await.unwrap();
        assert_eq!(response.status(), 203);
        assert_eq!(response.into_body().bytes(100).await.unwrap(), b"answer");
        server.await.unwrap();
    })
    .unwrap();
}
