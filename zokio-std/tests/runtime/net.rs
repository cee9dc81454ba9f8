//! All kinds of sockets: what is sent arrives, once, whoever is dropped meanwhile.

use crate::peers::{any, pair};
use crate::{Case, Random, descriptors, poll_once};
use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::time::Duration;
use zokio_std::net::{TcpListener, TcpSocket, TcpStream, UdpSocket, lookup};
use zokio_std::time::{sleep, timeout};
use zokio_std::{Builder, spawn_local};

pub const CASES: &[Case] = &[
    ("udp_sends_and_receives", udp_sends_and_receives),
    ("dropped_recv_from_loses_no_datagram", dropped_recv_from_loses_no_datagram),
    ("forgotten_recv_from_holds_its_socket", forgotten_recv_from_holds_its_socket),
    ("peeking_takes_nothing", peeking_takes_nothing),
    ("pieces_are_filled_in_order", pieces_are_filled_in_order),
    ("pieces_are_sent_in_order", pieces_are_sent_in_order),
    ("owned_halves_go_their_own_ways", owned_halves_go_their_own_ways),
    ("names_are_looked_up", names_are_looked_up),
    ("tcp_socket_options", tcp_socket_options),
    ("a_number_that_is_used_again_is_another_socket", a_number_that_is_used_again_is_another_socket),
];

fn udp_sends_and_receives(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (one, other) = (UdpSocket::bind(any()).unwrap(), UdpSocket::bind(any()).unwrap());
        let (here, there) = (one.local_addr().unwrap(), other.local_addr().unwrap());
        let mut bytes = [0; 64];
        assert_eq!(one.send_to(b"first", there).await.unwrap(), 5);
        assert_eq!(other.peek_from(&mut bytes).await.unwrap(), (5, here));
        // What does not fit is lost; Windows says so.
        let cut = other.recv_from(&mut bytes[..3]).await;
        assert!(if cfg!(windows) { cut.is_err() } else { cut.unwrap().0 == 3 });
        one.connect(there).unwrap();
        other.connect(here).unwrap();
        assert_eq!((one.peer_addr().unwrap(), other.peer_addr().unwrap()), (there, here));
        // Waits for what comes later, in both directions and in two tasks at once.
        let receiver = spawn_local(async move {
            let mut bytes = [0; 8];
            let (mut first, mut second) = ([0; 8], [0; 8]);
            let both = zokio_std::future::join((other.recv(&mut first), other.recv(&mut second))).await;
            assert_eq!((both.0.unwrap(), both.1.unwrap()), (1, 1));
            other.send(b"back").await.unwrap();
            assert!(timeout(Duration::from_millis(1), other.recv(&mut bytes)).await.is_err());
        });
        sleep(Duration::from_millis(1)).await;
        one.send(b"a").await.unwrap();
        sleep(Duration::from_millis(1)).await;
        one.send(b"b").await.unwrap();
        assert_eq!(one.recv(&mut bytes).await.unwrap(), 4);
        receiver.await.unwrap();
        if cfg!(windows) {
            // It tells of this as a reset, or not at all.
            return;
        }
        let nobody = UdpSocket::bind(any()).unwrap();
        let gone = nobody.local_addr().unwrap();
        drop(nobody);
        one.connect(gone).unwrap();
        sleep(Duration::from_millis(1)).await;
        one.send(b"x").await.unwrap();
        assert_eq!(one.recv(&mut bytes).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    });
}

fn dropped_recv_from_loses_no_datagram(builder: Builder) {
    const COUNT: u32 = 3000;
    builder.build().unwrap().block_on(async {
        let socket = UdpSocket::bind(any()).unwrap();
        let to = socket.local_addr().unwrap();
        let peer = std::net::UdpSocket::bind(any()).unwrap();
        // How many are dropped in the race below is a matter of luck; these are, in all states of a wait.
        for round in 0..20 {
            let mut bytes = [0; 8];
            let mut receive = Box::pin(socket.recv_from(&mut bytes));
            assert!(poll_once(&mut receive).await.is_none());
            if round % 2 == 0 {
                assert!(timeout(Duration::from_micros(50), receive).await.is_err(), "nobody has sent anything");
            }
        }
        let (acknowledge, acknowledged) = std::sync::mpsc::sync_channel::<()>(64);
        let sender = std::thread::spawn(move || {
            for number in 0..COUNT {
                peer.send_to(&number.to_be_bytes(), to).unwrap();
                // Never more under way than the system has room for.
                acknowledged.recv().unwrap();
                if number % 7 == 0 {
                    std::thread::yield_now();
                }
            }
        });
        for _ in 0..32 {
            acknowledge.send(()).unwrap();
        }
        let (mut random, mut next) = (Random(5), 0);
        while next < COUNT {
            let mut bytes = [0; 8];
            let received = {
                let mut receive = Box::pin(socket.recv_from(&mut bytes));
                match poll_once(&mut receive).await {
                    None if random.below(3) > 0 => timeout(Duration::from_micros(random.below(60)), receive).await.ok(),
                    received => received,
                }
            };
            let Some(received) = received else { continue };
            assert_eq!(received.unwrap().0, 4);
            assert_eq!(bytes[..4], next.to_be_bytes(), "in order, and none lost");
            next += 1;
            let _ = acknowledge.try_send(());
        }
        sender.join().unwrap();
    });
}

fn forgotten_recv_from_holds_its_socket(builder: Builder) {
    let before = descriptors();
    let runtime = builder.build().unwrap();
    runtime.block_on(async {
        let socket: &'static UdpSocket = Box::leak(Box::new(UdpSocket::bind(any()).unwrap()));
        let bytes: &'static mut [u8; 8] = Box::leak(Box::new([0; 8]));
        let mut receive = Box::pin(socket.recv_from(bytes));
        assert!(poll_once(&mut receive).await.is_none());
        std::mem::forget(receive);
        let peer = std::net::UdpSocket::bind(any()).unwrap();
        peer.send_to(b"x", socket.local_addr().unwrap()).unwrap();
        let mut bytes = [0; 8];
        assert_eq!(socket.recv_from(&mut bytes).await.unwrap().0, 1);
    });
    drop(runtime);
    // The socket itself was leaked by the test, and nothing else.
    assert_eq!(descriptors(), before + 1);
}

fn peeking_takes_nothing(builder: Builder) {
    builder.receive_buffers(1, 64).build().unwrap().block_on(async {
        let (mut stream, mut peer) = pair().await;
        // The other one takes the only buffer, so the second stream has to do without.
        let (mut other, mut other_peer) = pair().await;
        peer.write_all(b"first").unwrap();
        other_peer.write_all(b"second").unwrap();
        let mut bytes = [0; 16];
        for _ in 0..3 {
            assert_eq!(stream.peek(&mut bytes).await.unwrap(), 5);
            assert_eq!(&bytes[..5], b"first");
            assert_eq!(other.peek(&mut bytes).await.unwrap(), 6);
            assert_eq!(&bytes[..6], b"second");
        }
        assert_eq!(other.read(&mut bytes).await.unwrap(), 6);
        assert_eq!(stream.read(&mut bytes[..2]).await.unwrap(), 2);
        assert_eq!(stream.peek(&mut bytes).await.unwrap(), 3);
        assert_eq!(stream.read(&mut bytes).await.unwrap(), 3);
        drop(peer);
        assert_eq!(stream.peek(&mut bytes).await.unwrap(), 0);
    });
}

fn pieces_are_filled_in_order(builder: Builder) {
    builder.receive_buffers(8, 16).build().unwrap().block_on(async {
        let (mut stream, mut peer) = pair().await;
        let (mut one, mut none, mut two, mut rest) = ([0; 5], [0; 0], [0; 7], [0; 64]);
        let all: Vec<u8> = (0..200).collect();
        let (mut sent, mut seen) = (0, Vec::new());
        while seen.len() < all.len() {
            // Now and then less than there is room for, now and then more.
            let more = (sent + 10 + seen.len() % 23).min(all.len());
            peer.write_all(&all[sent..more]).unwrap();
            sent = more;
            let mut pieces = [&mut one[..], &mut none, &mut two, &mut rest].map(IoSliceMut::new);
            let len = stream.read_vectored(&mut pieces).await.unwrap();
            assert!(len > 0 && len <= sent - seen.len());
            seen.extend_from_slice(&[&one[..], &two, &rest].concat()[..len]);
        }
        assert_eq!(seen, all);
        assert_eq!(stream.read_vectored(&mut []).await.unwrap(), 0);
        drop(peer);
        assert_eq!(stream.read_vectored(&mut [IoSliceMut::new(&mut one)]).await.unwrap(), 0, "the end");
    });
}

/// However many fit into the stream's buffer, and also where there is none to be had.
fn pieces_are_sent_in_order(builder: Builder) {
    let all: Vec<u8> = (0..50_000u32).map(|at| (at * 7 / 3) as u8).collect();
    for builder in [builder, builder.send_buffers(1, 100), builder.send_buffers(0, 100)] {
        builder.build().unwrap().block_on(async {
            let (stream, mut peer) = pair().await;
            let expected = all.clone();
            let reader = std::thread::spawn(move || {
                let mut seen = Vec::new();
                peer.read_to_end(&mut seen).unwrap();
                assert!(seen == expected);
            });
            let (_, mut write) = stream.into_split();
            let mut sent = 0;
            while sent < all.len() {
                let rest = &all[sent..];
                let (one, more) = rest.split_at(rest.len().min(3));
                let (two, more) = more.split_at(more.len().min(sent % 701));
                let pieces = [one, two, &[], &more[..more.len().min(40_000)]].map(IoSlice::new);
                let len = write.write_vectored(&pieces).await.unwrap();
                assert!(len > 0);
                sent += len;
            }
            assert_eq!(write.write_vectored(&[IoSlice::new(&[])]).await.unwrap(), 0);
            write.shutdown().await.unwrap();
            reader.join().unwrap();
        });
    }
}

fn owned_halves_go_their_own_ways(builder: Builder) {
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        let (stream, mut peer) = pair().await;
        let (mut read, mut write) = stream.into_split();
        let writer = spawn_local(async move {
            for _ in 0..100 {
                write.write_all(&[3; 1000]).await.unwrap();
            }
            write.shutdown().await.unwrap();
        });
        let echo = std::thread::spawn(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).unwrap();
            peer.write_all(&all[..50_000]).unwrap();
            all.len()
        });
        let (mut bytes, mut seen) = ([0; 4096], 0);
        loop {
            match read.read(&mut bytes).await.unwrap() {
                0 => break,
                len => seen += len,
            }
        }
        writer.await.unwrap();
        assert_eq!((echo.join().unwrap(), seen), (100_000, 50_000));
        let (mut stream, mut peer) = pair().await;
        let pieces = [IoSlice::new(b"one "), IoSlice::new(b""), IoSlice::new(b"two")];
        assert_eq!(stream.write_vectored(&pieces).await.unwrap(), 7);
        stream.flush().await.unwrap();
        let mut bytes = [0; 7];
        peer.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"one two");
    });
    runtime.block_on(async { sleep(Duration::from_millis(1)).await });
    assert_eq!(descriptors(), before);
}

fn names_are_looked_up(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let addresses = lookup("localhost:80").await.unwrap();
        assert!(!addresses.is_empty() && addresses.iter().all(|at| at.port() == 80 && at.ip().is_loopback()));
        assert_eq!(lookup("127.0.0.1:7").await.unwrap(), ["127.0.0.1:7".parse().unwrap()]);
        assert_eq!(lookup("no port").await.unwrap_err().kind(), ErrorKind::InvalidInput);
        let mut listener = TcpListener::bind(any()).unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = TcpStream::connect_host(&format!("localhost:{port}")).await.unwrap();
        assert_eq!(listener.accept().await.unwrap().1, client.local_addr().unwrap());
    });
}

fn tcp_socket_options(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let second = Duration::from_secs(1);
        let socket = TcpSocket::new_v4().unwrap().reuse_address(true).unwrap();
        #[cfg(unix)]
        let socket = socket.reuse_port(true).unwrap();
        let mut one = socket.bind(any()).unwrap().listen(8).unwrap();
        let at = one.local_addr().unwrap();
        #[cfg(unix)]
        for socket in [TcpSocket::new_v4(), TcpSocket::new_v6()] {
            // The low delay that routers are asked for.
            drop(socket.unwrap().traffic_class(0x10).unwrap());
        }
        #[cfg(unix)]
        drop(TcpSocket::new_v4().unwrap().reuse_port(true).unwrap().bind(at).unwrap().listen(8).unwrap());
        let client = TcpSocket::new_v4().unwrap().nodelay(true).unwrap().keepalive(second, second, 3).unwrap();
        let client = client.send_buffer(1 << 14).unwrap().receive_buffer(1 << 14).unwrap().ttl(9).unwrap();
        let client = client.linger(Some(Duration::ZERO)).unwrap().connect(at).await.unwrap();
        let (mut server, _) = one.accept().await.unwrap();
        drop(client);
        assert_eq!(server.read(&mut [0; 4]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert!(TcpSocket::new_v4().unwrap().bind(at).is_err());
    });
}

fn a_number_that_is_used_again_is_another_socket(builder: Builder) {
    builder.build().unwrap().block_on(async {
        for round in 0..30u8 {
            // Waited for, and closed by nobody but the descriptor itself.
            let udp = UdpSocket::bind(any()).unwrap();
            let mut bytes = [0; 4];
            {
                let mut receive = Box::pin(udp.recv_from(&mut bytes));
                assert!(poll_once(&mut receive).await.is_none());
            }
            drop(udp);
            sleep(Duration::from_micros(50)).await;
            // Takes its number.
            let (mut stream, mut peer) = pair().await;
            let echo = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_micros(200));
                peer.write_all(&[round]).unwrap();
                peer
            });
            assert_eq!(stream.read(&mut bytes).await.unwrap(), 1);
            assert_eq!(bytes[0], round);
            echo.join().unwrap();
        }
    });
}
