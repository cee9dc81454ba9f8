//! Sending datagrams, which some drivers do for many tasks at once.

use crate::peers::any;
use crate::{Case, descriptors, poll_once};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket as Peer};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use zokio_std::net::UdpSocket;
use zokio_std::{Builder, spawn, spawn_local};

pub const CASES: &[Case] = &[
    ("datagrams_of_many_tasks_go_whole", datagrams_of_many_tasks_go_whole),
    ("a_task_s_datagrams_keep_their_order", a_task_s_datagrams_keep_their_order),
    ("datagrams_without_a_buffer_to_send_from", datagrams_without_a_buffer_to_send_from),
    ("a_dropped_send_of_a_datagram_is_whole_or_none", a_dropped_send_of_a_datagram_is_whole_or_none),
    ("a_datagram_that_cannot_go_is_an_error", a_datagram_that_cannot_go_is_an_error),
    ("datagrams_from_workers", datagrams_from_workers),
];

fn peer() -> (Peer, SocketAddr) {
    let peer = Peer::bind(any()).unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let address = peer.local_addr().unwrap();
    (peer, address)
}

fn receive(peer: &Peer) -> Vec<u8> {
    let mut bytes = vec![0; 1 << 16];
    let len = peer.recv(&mut bytes).unwrap();
    bytes.truncate(len);
    bytes
}

/// Ready at the same time, from as many sockets as there are peers; each length has one datagram, some longer than a buffer.
fn datagrams_of_many_tasks_go_whole(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (peer, to) = peer();
        let sockets: Vec<_> = (0..4).map(|_| Rc::new(UdpSocket::bind(any()).unwrap())).collect();
        for round in 0..3 {
            let long = |number| if number % 10 == 9 { 17_000 } else { 0 };
            let lens: Vec<usize> = (0..20).map(|number| number * number * 40 % 1_501 + round + long(number)).collect();
            let tasks: Vec<_> = (0..)
                .zip(&lens)
                .map(|(number, &len)| {
                    let socket = sockets[number % sockets.len()].clone();
                    spawn_local(async move { socket.send_to(&vec![number as u8; len], to).await.unwrap() })
                })
                .collect();
            // All together less than the peer has room for.
            let mut arrived = Vec::new();
            for (task, &len) in tasks.into_iter().zip(&lens) {
                assert_eq!(task.await.unwrap(), len);
                arrived.push(receive(&peer));
            }
            arrived.sort();
            let mut expected: Vec<_> = (0..).zip(&lens).map(|(number, &len)| vec![number as u8; len]).collect();
            expected.sort();
            assert!(arrived == expected);
        }
    });
}

fn a_task_s_datagrams_keep_their_order(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (peer, to) = peer();
        let socket = UdpSocket::bind(any()).unwrap();
        socket.connect(to).unwrap();
        for number in 0..100u32 {
            // Now and then one that is too long for a buffer.
            let mut bytes = number.to_ne_bytes().to_vec();
            bytes.resize(if number % 7 == 0 { 20_000 } else { 4 }, 0);
            let sent = if number % 2 == 0 { socket.send(&bytes).await } else { socket.send_to(&bytes, to).await };
            assert_eq!(sent.unwrap(), bytes.len());
            assert!(receive(&peer) == bytes);
        }
        assert_eq!(socket.send(&[]).await.unwrap(), 0);
        assert!(receive(&peer).is_empty());
    });
}

fn datagrams_without_a_buffer_to_send_from(builder: Builder) {
    for (count, bytes) in [(1, 64), (1, 1), (2, 1500)] {
        builder.send_buffers(count, bytes).build().unwrap().block_on(async {
            let (peer, to) = peer();
            let socket = Rc::new(UdpSocket::bind(any()).unwrap());
            let tasks: Vec<_> = (0..20u8)
                .map(|number| {
                    let socket = socket.clone();
                    spawn_local(async move { socket.send_to(&[number; 40], to).await.unwrap() })
                })
                .collect();
            for task in tasks {
                assert_eq!(task.await.unwrap(), 40);
            }
            let mut arrived: Vec<_> = (0..20).map(|_| receive(&peer)).collect();
            arrived.sort();
            assert_eq!(arrived, (0..20u8).map(|number| vec![number; 40]).collect::<Vec<_>>());
        });
    }
}

/// Its socket may be gone as well, and its bytes: what the driver has was copied, and the address is free.
fn a_dropped_send_of_a_datagram_is_whole_or_none(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (peer, to) = peer();
        let before = descriptors();
        for round in 0..50u8 {
            let socket = UdpSocket::bind(any()).unwrap();
            let address = socket.local_addr().unwrap();
            let mut bytes = vec![round; 500];
            {
                let mut send = pin!(socket.send_to(&bytes, to));
                let sent = poll_once(&mut send).await;
                assert!(sent.is_none_or(|sent| sent.unwrap() == 500));
            }
            bytes.fill(0xff);
            drop(socket);
            let again = UdpSocket::bind(address).unwrap();
            assert_eq!(again.send_to(&[round], to).await.unwrap(), 1);
            loop {
                match &receive(&peer)[..] {
                    [one] => break assert_eq!(*one, round),
                    whole => assert!(whole == [round; 500], "{} bytes", whole.len()),
                }
            }
        }
        zokio_std::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(descriptors(), before);
    });
}

fn a_datagram_that_cannot_go_is_an_error(builder: Builder) {
    let runtime = builder.build().unwrap();
    let socket = runtime.block_on(async {
        let (peer, to) = peer();
        let socket = UdpSocket::bind(any()).unwrap();
        assert!(socket.send_to(&[0; 65_508], to).await.is_err(), "too long for any datagram");
        assert!(socket.send(b"to nobody").await.is_err());
        // The port is the other family's.
        let other: SocketAddr = format!("[::1]:{}", to.port()).parse().unwrap();
        let refused = socket.send_to(b"another family", other).await.unwrap_err();
        assert_ne!(refused.kind(), ErrorKind::NotConnected);
        assert_eq!(socket.send_to(b"next", to).await.unwrap(), 4);
        assert_eq!(receive(&peer), b"next");
        socket
    });
    // A socket can send although its runtime is gone.
    drop(runtime);
    builder.build().unwrap().block_on(async {
        let (peer, to) = peer();
        assert_eq!(socket.send_to(b"late", to).await.unwrap(), 4);
        assert_eq!(receive(&peer), b"late");
    });
}

fn datagrams_from_workers(builder: Builder) {
    builder.workers(2).build().unwrap().block_on(async {
        let (peer, to) = peer();
        let tasks: Vec<_> = (0..8u8)
            .map(|number| {
                spawn(async move {
                    let socket = UdpSocket::bind(any()).unwrap();
                    for round in 0..10 {
                        assert_eq!(socket.send_to(&[number, round], to).await.unwrap(), 2);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let mut arrived: Vec<_> = (0..80).map(|_| receive(&peer)).collect();
        arrived.sort();
        let expected: Vec<_> = (0..8u8).flat_map(|number| (0..10).map(move |round| vec![number, round])).collect();
        assert_eq!(arrived, expected);
    });
}
