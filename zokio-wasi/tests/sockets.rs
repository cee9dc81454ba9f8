//! Sockets that the host has opened, on hosts that do not agree what readiness is.

mod sim;

use sim::drive::{End, drive};
use sim::{File, MS, Manners, Sim};
use zokio_wasi::p1::abi::{self, FILETYPE_DIRECTORY, FILETYPE_SOCKET_STREAM};
use zokio_wasi::p1::{Error, Listener, Reactor};

type Small = Reactor<Sim, 8>;

/// When everything starts.
const T: u64 = 1_000 * MS;
const CAPABLE: [Manners; 3] = [Manners::Wasmtime, Manners::Legacy, Manners::Node];

fn listening() -> File {
    File::of_type(FILETYPE_SOCKET_STREAM, 0)
}

#[test]
fn a_listener_is_found_behind_directories_and_gaps() {
    let directory = File::of_type(FILETYPE_DIRECTORY, 0);
    let reactor = Small::new(Sim::new(Manners::Legacy).with(3, directory).with(5, listening()).with(9, listening()));
    assert_eq!(Listener::preopened(&reactor).collect::<Vec<_>>(), [5, 9]);
}

#[test]
fn a_connection_is_accepted_and_talks() {
    for manners in CAPABLE {
        // The connection comes later; its number is 20, and it has said hello.
        let reactor = Small::new(Sim::new(manners).with(4, listening().arriving(T + 5 * MS, b"\x14hello")));
        let listener = Listener::adopt(&reactor, 4).unwrap();
        let stream = drive(&reactor, listener.accept(), None).done().unwrap();
        let mut buf = [0; 16];
        assert_eq!(drive(&reactor, stream.recv(&mut buf), None), End::Done(Ok(5)), "{manners:?}");
        assert_eq!(&buf[..5], b"hello");
        assert_eq!(drive(&reactor, stream.send(b"there"), None), End::Done(Ok(5)));
        assert_eq!(reactor.host().files.borrow()[&20].written, b"there");
        stream.shutdown().unwrap();
        drop(stream);
        assert_eq!(*reactor.host().closed.borrow(), [20]);
        assert_eq!(reactor.armed(), 0);
    }
}

#[test]
fn a_dropped_accept_takes_no_connection() {
    for manners in CAPABLE {
        let reactor = Small::new(Sim::new(manners).with(4, listening().arriving(T + 50 * MS, b"\x14x")));
        let listener = Listener::adopt(&reactor, 4).unwrap();
        assert!(matches!(drive(&reactor, listener.accept(), Some(10 * MS)), End::TimedOut));
        assert_eq!(reactor.armed(), 0);
        assert!(drive(&reactor, listener.accept(), None).done().is_ok());
    }
}

#[test]
fn what_is_no_listener_is_an_error_that_names_it() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(4, File::pipe().arriving(T, b"")));
    let listener = Listener::adopt(&reactor, 4).unwrap();
    let error = drive(&reactor, listener.accept(), None).done().err().unwrap();
    assert_eq!(error, Error::Descriptor { call: "sock_accept", fd: 4, errno: abi::NOTSUP });
}
