//! Datagrams, which some drivers receive before anybody asks.

use crate::peers::any;
use crate::{Case, descriptors, poll_once};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket as Peer};
use std::pin::pin;
use std::time::Duration;
use zokio_std::driver::DriverKind;
use zokio_std::net::UdpSocket;
use zokio_std::task::spawn_blocking;
use zokio_std::time::{sleep, timeout};
use zokio_std::{Builder, spawn_local};

pub const CASES: &[Case] = &[
    ("datagrams_of_every_length_come_whole", datagrams_of_every_length_come_whole),
    ("datagrams_wait_in_order", datagrams_wait_in_order),
    ("datagrams_for_more_sockets_than_there_are_buffers", datagrams_for_more_sockets_than_there_are_buffers),
    ("a_dropped_udp_socket_frees_its_address", a_dropped_udp_socket_frees_its_address),
    ("a_udp_socket_that_waits_frees_its_address_at_once", a_udp_socket_that_waits_frees_its_address_at_once),
    ("a_udp_socket_dropped_elsewhere_frees_its_address", a_udp_socket_dropped_elsewhere_frees_its_address),
    ("several_tasks_receive_from_one_udp_socket", several_tasks_receive_from_one_udp_socket),
    ("a_forgotten_receive_keeps_nobody_from_datagrams", a_forgotten_receive_keeps_nobody_from_datagrams),
    ("udp_errors_are_told_once", udp_errors_are_told_once),
    ("peeked_datagrams_stay", peeked_datagrams_stay),
];

const SOON: Duration = Duration::from_secs(20);

fn socket() -> (UdpSocket, SocketAddr, Peer) {
    let socket = UdpSocket::bind(any()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address, Peer::bind(any()).unwrap())
}

async fn receive(socket: &UdpSocket, into: &mut [u8]) -> (usize, SocketAddr) {
    timeout(SOON, socket.recv_from(into)).await.unwrap().unwrap()
}

/// Makes a driver that receives by itself begin.
async fn begin(socket: &UdpSocket, address: SocketAddr, peer: &Peer) {
    peer.send_to(b"begin", address).unwrap();
    assert_eq!(receive(socket, &mut [0; 8]).await.0, 5);
    let mut next = [0; 8];
    assert!(poll_once(&mut pin!(socket.recv_from(&mut next))).await.is_none());
}

fn datagrams_of_every_length_come_whole(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (socket, address, peer) = socket();
        begin(&socket, address, &peer).await;
        let sent: Vec<u8> = (0..65_507u32).map(|at| (at * 7 / 3) as u8).collect();
        let mut into = vec![0; 1 << 16];
        for len in [0, 1, 27, 28, 44, 1472, 4096, 9000, 65_506, 65_507] {
            peer.send_to(&sent[..len], address).unwrap();
            let (received, from) = receive(&socket, &mut into).await;
            assert_eq!((received, from), (len, peer.local_addr().unwrap()));
            assert!(into[..len] == sent[..len], "{len} bytes, changed on the way");
        }
        // What there is no room for is lost, and only that.
        peer.send_to(&sent[..100], address).unwrap();
        peer.send_to(&sent[..50], address).unwrap();
        let cut = timeout(SOON, socket.recv_from(&mut into[..10])).await.unwrap();
        // Windows says so.
        assert!(cut.map_or(cfg!(windows), |(len, _)| len == 10));
        assert_eq!(receive(&socket, &mut into).await.0, 50);
    });
}

fn datagrams_wait_in_order(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (socket, address, peer) = socket();
        begin(&socket, address, &peer).await;
        for round in 0..3u32 {
            // More than a driver takes before it is asked.
            for number in 0..120u32 {
                peer.send_to(&(round * 1000 + number).to_ne_bytes(), address).unwrap();
            }
            sleep(Duration::from_millis(2)).await;
            for number in 0..120u32 {
                let mut into = [0; 8];
                assert_eq!(receive(&socket, &mut into).await.0, 4);
                assert_eq!(u32::from_ne_bytes(into[..4].try_into().unwrap()), round * 1000 + number);
            }
        }
    });
}

fn datagrams_for_more_sockets_than_there_are_buffers(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let mut sockets = Vec::new();
        for _ in 0..8 {
            let (socket, address, peer) = socket();
            begin(&socket, address, &peer).await;
            sockets.push((socket, address, peer));
        }
        for round in 0..3u8 {
            for (_, address, peer) in &sockets {
                for number in 0..20 {
                    peer.send_to(&[round, number], address).unwrap();
                }
            }
            sleep(Duration::from_millis(2)).await;
            for (socket, _, peer) in &sockets {
                for number in 0..20 {
                    let mut into = [0; 4];
                    assert_eq!(receive(socket, &mut into).await, (2, peer.local_addr().unwrap()));
                    assert_eq!(into[..2], [round, number]);
                }
            }
        }
    });
}

fn a_dropped_udp_socket_frees_its_address(builder: Builder) {
    let runtime = builder.build().unwrap();
    runtime.block_on(async {
        let before = descriptors();
        for round in 0..100u8 {
            let (socket, address, peer) = socket();
            peer.send_to(b"begin", address).unwrap();
            assert_eq!(receive(&socket, &mut [0; 8]).await.0, 5);
            // Unread, in what the next one needs.
            for _ in 0..10 {
                peer.send_to(&[round; 100], address).unwrap();
            }
            if round % 2 == 0 {
                sleep(Duration::from_micros(100)).await;
            }
            drop(socket);
            let again = UdpSocket::bind(address).unwrap();
            peer.send_to(&[round], address).unwrap();
            let mut into = [0; 200];
            assert_eq!(receive(&again, &mut into).await.0, 1, "only what is for the new one");
            assert_eq!(into[0], round);
        }
        sleep(Duration::from_millis(1)).await;
        assert_eq!(descriptors(), before);
    });
}

/// Nothing has turned the driver since the receive was given up.
fn a_udp_socket_that_waits_frees_its_address_at_once(builder: Builder) {
    builder.build().unwrap().block_on(async {
        for round in 0..20 {
            let (socket, address, peer) = socket();
            if round % 2 == 0 {
                begin(&socket, address, &peer).await;
            }
            let mut into = [0; 8];
            assert!(poll_once(&mut pin!(socket.recv_from(&mut into))).await.is_none());
            if round % 3 == 0 {
                // Where it is the kernel that waits, it does so now.
                sleep(Duration::from_micros(100)).await;
            }
            drop(socket);
            let again = UdpSocket::bind(address).unwrap();
            peer.send_to(b"again", address).unwrap();
            assert_eq!(receive(&again, &mut into).await.0, 5);
        }
        // The whole of it in a task that is aborted.
        let (socket, address, peer) = socket();
        let waits = spawn_local(async move { receive(&socket, &mut [0; 8]).await });
        sleep(Duration::from_millis(1)).await;
        waits.abort();
        assert!(waits.await.is_err());
        let again = UdpSocket::bind(address).unwrap();
        peer.send_to(b"again", address).unwrap();
        assert_eq!(receive(&again, &mut [0; 8]).await.0, 5);
    });
}

/// On a thread that cannot turn the driver, while the one that can sleeps.
fn a_udp_socket_dropped_elsewhere_frees_its_address(builder: Builder) {
    let runtime = builder.build().unwrap();
    let at_once = [DriverKind::Epoll, DriverKind::Kqueue].contains(&runtime.driver_kind());
    runtime.block_on(async {
        for _ in 0..10 {
            let (socket, address, _) = socket();
            let mut waits = Box::pin(async move { socket.recv_from(&mut [0; 8]).await.map(drop) });
            assert!(poll_once(&mut waits).await.is_none());
            let dropped = spawn_blocking(move || {
                drop(waits);
                Peer::bind(address).is_ok()
            });
            assert!(dropped.await.unwrap() || !at_once);
            // Where it is the kernel that waits, the address is free as soon as that was told.
            let free = async {
                while Peer::bind(address).is_err() {
                    sleep(Duration::from_micros(100)).await;
                }
            };
            timeout(SOON, free).await.unwrap();
        }
    });
}

fn several_tasks_receive_from_one_udp_socket(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (socket, address, peer) = socket();
        let socket: &'static UdpSocket = Box::leak(Box::new(socket));
        let tasks: Vec<_> = (0..5)
            .map(|_| {
                spawn_local(async move {
                    let mut sum = 0;
                    for _ in 0..20 {
                        let mut into = [0; 4];
                        receive(socket, &mut into).await;
                        sum += u32::from(into[0]);
                    }
                    sum
                })
            })
            .collect();
        for number in 0..100u8 {
            peer.send_to(&[number], address).unwrap();
            if number % 7 == 0 {
                sleep(Duration::from_micros(50)).await;
            }
        }
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        assert_eq!(sum, (0..100).sum());
    });
}

fn a_forgotten_receive_keeps_nobody_from_datagrams(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (socket, address, peer) = socket();
        let socket: &'static UdpSocket = Box::leak(Box::new(socket));
        // Two tasks wait, and the one that came last forgets that it does, in a task that lives on.
        let first = spawn_local(async move { receive(socket, &mut [0; 4]).await.0 });
        sleep(Duration::from_millis(1)).await;
        let forgetful = spawn_local(async move {
            let bytes: &'static mut [u8; 8] = Box::leak(Box::new([0; 8]));
            let mut receive = Box::pin(socket.recv_from(bytes));
            assert!(poll_once(&mut receive).await.is_none());
            std::mem::forget(receive);
            std::future::pending::<()>().await;
        });
        sleep(Duration::from_millis(1)).await;
        peer.send_to(b"abc", address).unwrap();
        assert_eq!(timeout(SOON, first).await.unwrap().unwrap(), 3);
        forgetful.abort();
    });
}

fn udp_errors_are_told_once(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (socket, _, peer) = socket();
        let gone = peer.local_addr().unwrap();
        socket.connect(gone).unwrap();
        peer.connect(socket.local_addr().unwrap()).unwrap();
        peer.send(b"1").unwrap();
        assert_eq!(timeout(SOON, socket.recv(&mut [0; 4])).await.unwrap().unwrap(), 1);
        drop(peer);
        // The answer of the system, that nobody is there, is the end of what waits for datagrams.
        socket.send(b"?").await.unwrap();
        let refused = timeout(SOON, socket.recv(&mut [0; 4])).await.unwrap().unwrap_err();
        let kind = if cfg!(windows) { ErrorKind::ConnectionReset } else { ErrorKind::ConnectionRefused };
        assert_eq!(refused.kind(), kind);
        let again = Peer::bind(gone).unwrap();
        again.send_to(b"23", socket.local_addr().unwrap()).unwrap();
        assert_eq!(timeout(SOON, socket.recv(&mut [0; 4])).await.unwrap().unwrap(), 2);
    });
}

fn peeked_datagrams_stay(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (socket, address, peer) = socket();
        for round in 0..30u8 {
            peer.send_to(&[round, 1, 2], address).unwrap();
            let mut into = [0; 8];
            for len in [2, 8] {
                let peeked = timeout(SOON, socket.peek_from(&mut into[..len])).await.unwrap();
                // Windows takes it for an error that there is no room.
                assert!(peeked.is_err() || peeked.unwrap().0 == len.min(3));
            }
            assert_eq!(receive(&socket, &mut into).await.0, 3);
            assert_eq!(into[0], round);
        }
    });
}
