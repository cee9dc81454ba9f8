//! The standard streams, as every host has them.

mod sim;

use embedded_io_async::{Error as _, ErrorKind, Read, Write};
use sim::drive::{End, drive};
use sim::{File, MS, Manners, Sim};
use zokio_core::driver::Errno;
use zokio_wasi::p1::abi::{self, Event};
use zokio_wasi::p1::{Descriptor, Error, Output, Reactor, Stdin};

type Small = Reactor<Sim, 4>;

const T: u64 = 1_000 * MS;

fn written(reactor: &Small, fd: u32) -> Vec<u8> {
    reactor.host().files.borrow()[&fd].written.clone()
}

#[test]
fn each_read_costs_one_wait_and_one_call() {
    for manners in [Manners::Wasmtime, Manners::Legacy, Manners::Node] {
        let file = File::stdin().arriving(T + MS, b"one").arriving(T + 2 * MS, b"two").arriving(T + 3 * MS, b"");
        let reactor = Small::new(Sim::new(manners).with(0, file));
        let mut stdin = Stdin::new(&reactor).unwrap();
        let mut buf = [0; 16];
        for (calls, text) in [b"one".as_slice(), b"two", b"", b""].into_iter().enumerate() {
            assert_eq!(drive(&reactor, stdin.read(&mut buf), None), End::Done(Ok(text.len())), "{manners:?}");
            assert_eq!(&buf[..text.len()], text);
            assert_eq!(reactor.host().requests(), calls + 1);
        }
    }
}

#[test]
fn a_short_buffer_loses_nothing() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(0, File::stdin().arriving(T, b"abcdef")));
    let mut stdin = Stdin::new(&reactor).unwrap();
    let mut buf = [0; 4];
    assert_eq!(drive(&reactor, stdin.read(&mut []), None), End::Done(Ok(0)));
    assert_eq!(reactor.host().requests(), 0);
    assert_eq!(drive(&reactor, stdin.read(&mut buf), None), End::Done(Ok(4)));
    assert_eq!(drive(&reactor, stdin.read(&mut buf), None), End::Done(Ok(2)));
    assert_eq!(&buf[..2], b"ef");
}

#[test]
fn a_read_that_times_out_takes_nothing() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(0, File::stdin().arriving(T + 95 * MS, b"late")));
    let mut stdin = Stdin::new(&reactor).unwrap();
    let mut buf = [0; 16];
    for _ in 0..3 {
        assert_eq!(drive(&reactor, stdin.read(&mut buf), Some(30 * MS)), End::TimedOut);
    }
    assert_eq!(drive(&reactor, stdin.read(&mut buf), Some(30 * MS)), End::Done(Ok(4)));
    assert_eq!(reactor.armed(), 0);
}

#[test]
fn the_parent_s_descriptors_stay_as_they_are() {
    let mut sim = Sim::new(Manners::Node);
    for fd in 0..3 {
        sim = sim.with(fd, File::pipe());
    }
    let reactor = Small::new(sim);
    let streams = (Stdin::new(&reactor).unwrap(), Output::stdout(&reactor), Output::stderr(&reactor));
    drop(streams);
    assert!(reactor.host().closed.borrow().is_empty());
    for fd in 0..3 {
        assert_eq!(reactor.host().files.borrow()[&fd].stat.flags, 0);
    }
}

#[test]
fn redirected_input_is_read_without_asking_the_host_to_wait() {
    let file = File::of_type(abi::FILETYPE_REGULAR_FILE, u64::MAX).arriving(0, b"text").arriving(0, b"");
    for (file, text) in [(file, b"text".as_slice()), (File::null(), b"")] {
        for manners in Manners::ALL {
            let file = File { arrivals: file.arrivals.clone(), stat: file.stat, ..File::pipe() };
            let reactor = Small::new(Sim::new(manners).with(0, file));
            let mut stdin = Stdin::new(&reactor).unwrap();
            let mut buf = [0; 16];
            assert_eq!(drive(&reactor, stdin.read(&mut buf), None), End::Done(Ok(text.len())));
            assert_eq!(reactor.host().requests(), 0);
        }
    }
}

#[test]
fn a_file_that_looks_like_a_pipe_is_read_all_the_same() {
    // wasmtime says "unknown" of everything but a terminal. Asked to wait for it, it answers at once; another host that
    // disguised its files like that would refuse with EPERM.
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(0, File::stdin().arriving(0, b"text").arriving(0, b"")));
    let mut stdin = Stdin::new(&reactor).unwrap();
    let mut buf = [0; 16];
    for _ in 0..2 {
        reactor.host().answer(|_, _| Err(abi::PERM));
    }
    assert_eq!(drive(&reactor, stdin.read(&mut buf), None), End::Done(Ok(4)));
    assert_eq!(drive(&reactor, stdin.read(&mut buf), None), End::Done(Ok(0)));
    // Once is enough.
    assert_eq!(reactor.host().requests(), 2);
}

#[test]
fn a_module_without_standard_input_is_told() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime));
    let error = Stdin::new(&reactor).err().unwrap();
    assert_eq!(error, Error::Descriptor { call: "fd_fdstat_get", fd: 0, errno: abi::BADF });
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_write_in_pieces_is_complete() {
    let reactor = Small::new(Sim::new(Manners::Wasmtime).with(1, File { room: 3, ..File::pipe() }));
    let mut stdout = Output::stdout(&reactor).unwrap();
    assert_eq!(drive(&reactor, stdout.write_all(b"hello, world"), None), End::Done(Ok(())));
    assert_eq!(drive(&reactor, stdout.flush(), None), End::Done(Ok(())));
    assert_eq!(drive(&reactor, stdout.write(b""), None), End::Done(Ok(0)));
    assert_eq!(written(&reactor, 1), b"hello, world");
    // Writes are tried first.
    assert_eq!(reactor.host().requests(), 0);
}

#[test]
fn output_to_a_file_is_written_without_asking_the_host_to_wait() {
    for manners in Manners::ALL {
        for fd in [1, 2] {
            let file = File { room: 3, ..File::of_type(abi::FILETYPE_REGULAR_FILE, u64::MAX) };
            let reactor = Small::new(Sim::new(manners).with(fd, file));
            let output = if fd == 1 { Output::stdout(&reactor) } else { Output::stderr(&reactor) };
            let mut output = output.unwrap();
            assert_eq!(drive(&reactor, output.write_all(b"hello"), None), End::Done(Ok(())), "{manners:?}");
            // Nor by whoever wants to know beforehand.
            let file = Descriptor::inherit(&reactor, fd).unwrap();
            assert_eq!(drive(&reactor, file.writable(), None), End::Done(Ok(())), "{manners:?}");
            assert_eq!(written(&reactor, fd), b"hello");
            assert_eq!(reactor.host().requests(), 0, "{manners:?}");
        }
    }
}

#[test]
fn an_output_that_the_host_refuses_to_wait_for_is_written_all_the_same() {
    // A file that looks like a pipe: Node refuses with EPERM, once as a whole and once of it alone.
    let mut file = File { writable_from: T + MS, ..File::pipe() };
    file.stat.flags = abi::FDFLAG_NONBLOCK;
    let reactor = Small::new(Sim::new(Manners::Node).with(1, file));
    for _ in 0..2 {
        reactor.host().answer(|_, _| Err(abi::PERM));
    }
    let stdout = Descriptor::inherit(&reactor, 1).unwrap();
    assert_eq!(drive(&reactor, stdout.writable(), None), End::Done(Ok(())));
    let asked = reactor.host().requests();
    reactor.host().now.set(T + MS);
    assert_eq!(drive(&reactor, stdout.write(b"hello"), None), End::Done(Ok(5)));
    assert_eq!(drive(&reactor, stdout.writable(), None), End::Done(Ok(())));
    assert_eq!((asked, reactor.host().requests()), (2, 2));
}

#[test]
fn what_a_host_says_of_the_number_of_bytes_is_not_believed() {
    // One, the true one, none, anything; and that the peer is gone, which it is not.
    for (bytes, flags) in [(1, 0), (5, 0), (0, 0), (4, 1), (u64::MAX, u16::MAX), (0xdead, 0xbeef)] {
        let file = File::stdin().arriving(T, b"hello").arriving(T + MS, b"world").arriving(T + 2 * MS, b"");
        let reactor = Small::new(Sim::new(Manners::Wasmtime).with(0, file));
        let mut stdin = Stdin::new(&reactor).unwrap();
        let mut got = Vec::new();
        for call in 1..=3 {
            reactor.host().answer(move |subscriptions, events| {
                let it = subscriptions[0];
                events[0] = Event { userdata: it.userdata, error: 0, kind: it.kind, bytes, flags };
                Ok(())
            });
            reactor.host().now.set(T + call as u64 * MS);
            let mut buf = [0; 64];
            let len = drive(&reactor, stdin.read(&mut buf), None).done().unwrap();
            got.extend_from_slice(&buf[..len]);
            assert_eq!((len, reactor.host().requests()), (if call < 3 { 5 } else { 0 }, call), "{bytes} {flags}");
        }
        assert_eq!(got, b"helloworld", "{bytes} {flags}");
    }
}

#[test]
fn a_nonblocking_output_is_waited_for() {
    for manners in [Manners::Wasmtime, Manners::Legacy, Manners::Node] {
        let mut file = File { writable_from: T + 5 * MS, ..File::pipe() };
        file.stat.flags = abi::FDFLAG_NONBLOCK;
        let reactor = Small::new(Sim::new(manners).with(2, file));
        let mut stderr = Output::stderr(&reactor).unwrap();
        assert_eq!(drive(&reactor, stderr.write_all(b"x"), Some(2 * MS)), End::TimedOut);
        assert_eq!(written(&reactor, 2), b"");
        assert_eq!(drive(&reactor, stderr.write_all(b"hello"), None), End::Done(Ok(())));
        assert_eq!(written(&reactor, 2), b"hello");
        // Interrupted once.
        reactor.host().interrupts.set(1);
        assert_eq!(drive(&reactor, stderr.write_all(b"!"), None), End::Done(Ok(())));
    }
}

#[test]
fn what_nobody_reads_is_an_error_value() {
    let expected = [(abi::PIPE, ErrorKind::BrokenPipe), (abi::IO, ErrorKind::Other), (Errno(51), ErrorKind::Other)];
    for (errno, kind) in expected {
        let reactor = Small::new(Sim::new(Manners::Node).with(1, File { write_error: Some(errno), ..File::pipe() }));
        let mut stdout = Output::stdout(&reactor).unwrap();
        let error = drive(&reactor, stdout.write_all(b"hello"), None).done().unwrap_err();
        assert_eq!(error, Error::Descriptor { call: "fd_write", fd: 1, errno });
        assert_eq!(error.kind(), kind);
    }
    let reactor = Small::new(Sim::new(Manners::Node).with(1, File { room: 0, ..File::pipe() }));
    let mut stdout = Output::stdout(&reactor).unwrap();
    // `write_all` panics on a write of nothing.
    assert_eq!(drive(&reactor, stdout.write_all(b"hello"), None), End::Done(Err(Error::WriteZero { fd: 1 })));
}
