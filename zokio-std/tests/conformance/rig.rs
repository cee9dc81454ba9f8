//! A driver under test with its account, and connections for it.

use super::every::{Account, Sockets, Streams, World};
use super::system;
use rustix::fd::{AsRawFd, BorrowedFd, IntoRawFd, RawFd};
use rustix::io::Errno as Os;
use rustix::net::SocketAddrAny;
use std::fmt::Debug;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::{Deref, DerefMut};
use std::time::Duration;
use zokio_core::driver::{Errno, IoDriver, RawBuf, RecvPool};

/// How large the driver under test is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    #[cfg_attr(not(has_epoll), allow(dead_code, reason = "only a ring has a queue of its own"))]
    #[cfg_attr(has_kqueue, allow(dead_code, reason = "as above"))]
    pub queue_depth: u32,
    pub operations: usize,
    pub buffers: u16,
    pub buffer_size: u32,
}

/// A kind of driver that the suite can test.
pub trait Subject: 'static {
    type Driver: IoDriver<Handle = RawFd, Error: Debug> + RecvPool;
    /// Whether the driver wants its sockets in non-blocking mode.
    const NON_BLOCKING: bool;

    fn new(size: Size) -> std::io::Result<Self::Driver>;
}

pub struct Rig<S: Subject> {
    account: Account<S::Driver>,
    /// Where the other ends of connections come from.
    peers: TcpListener,
    /// Keeps a pipe open.
    no_connection: Option<std::io::PipeReader>,
}

impl<S: Subject> Deref for Rig<S> {
    type Target = Account<S::Driver>;

    fn deref(&self) -> &Self::Target {
        &self.account
    }
}

impl<S: Subject> DerefMut for Rig<S> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.account
    }
}

impl<S: Subject> Rig<S> {
    pub fn new(size: Size) -> Self {
        let driver = S::new(size).expect("the driver was there a moment ago");
        let peers = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { account: Account::new(driver, size.operations), peers, no_connection: None }
    }

    /// A socket that is not connected yet.
    pub fn socket(&self) -> RawFd {
        super::system::socket(S::NON_BLOCKING).into_raw_fd()
    }
}

impl<S: Subject> World for Rig<S> {
    type Driver = S::Driver;
    type Peer = TcpStream;
    const CONNECTIONS: usize = 200;

    /// Our end in the driver's mode and to be closed by it, the other an ordinary socket.
    fn connection(&mut self) -> (RawFd, TcpStream) {
        let peer = TcpStream::connect(self.peers.local_addr().unwrap()).unwrap();
        let (ours, _) = self.peers.accept().unwrap();
        ours.set_nonblocking(S::NON_BLOCKING).unwrap();
        (ours.into_raw_fd(), peer)
    }

    fn say(&mut self, peer: &mut TcpStream, bytes: &[u8]) {
        peer.write_all(bytes).unwrap();
    }

    fn leave(&mut self, peer: TcpStream) {
        drop(peer);
    }

    fn take(&mut self, handle: RawFd, want: usize) -> Vec<u8> {
        self.receive(handle, want)
    }

    fn is_open(&self, handle: RawFd) -> bool {
        system::is_open(handle)
    }
}

impl<S: Subject> Streams for Rig<S> {
    fn no_connection_says() -> Vec<Errno> {
        system::NO_SOCKET.iter().copied().map(os).collect()
    }

    fn with_buffers(self, count: u16, size: u32) -> Self {
        drop(self);
        Self::new(Size { queue_depth: 4, operations: 512, buffers: count, buffer_size: size })
    }

    fn drip(&mut self, peer: &mut TcpStream, bytes: &[u8]) {
        let (mut peer, bytes) = (peer.try_clone().unwrap(), bytes.to_vec());
        peer.set_nodelay(true).unwrap();
        std::thread::spawn(move || {
            for (number, byte) in bytes.chunks(1).enumerate() {
                peer.write_all(byte).unwrap();
                if number % 3 == 0 {
                    std::thread::yield_now();
                }
                if number % 50 == 0 {
                    std::thread::sleep(Duration::from_micros(300));
                }
            }
        });
    }

    fn no_connection(&mut self) -> RawFd {
        // A pipe is no socket.
        let (pipe, handle) = system::no_socket();
        self.no_connection = Some(pipe);
        handle
    }
}

impl<S: Subject> Sockets for Rig<S> {
    type Listener = TcpListener;
    const RESET: Errno = os(Os::CONNRESET);
    const REUSES_NUMBERS: bool = true;

    fn dead_peer_says() -> Vec<Errno> {
        system::DEAD_PEER.iter().copied().map(os).collect()
    }

    /// In the driver's mode.
    fn listener(&mut self) -> (TcpListener, RawFd) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(S::NON_BLOCKING).unwrap();
        let handle = listener.as_raw_fd();
        (listener, handle)
    }

    fn dial(&mut self, listener: &TcpListener) -> TcpStream {
        TcpStream::connect(listener.local_addr().unwrap()).unwrap()
    }

    fn accepted(result: u32) -> RawFd {
        result as RawFd
    }

    fn hear(&mut self, peer: &mut TcpStream) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 70_001];
        peer.set_nonblocking(true).unwrap();
        let read = peer.read(&mut bytes);
        peer.set_nonblocking(false).unwrap();
        match read {
            Ok(len) => bytes.truncate(len),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
            Err(error) => panic!("{error}"),
        }
        Some(bytes)
    }

    fn reset(&mut self, peer: TcpStream) {
        rustix::net::sockopt::set_socket_linger(&peer, Some(Duration::ZERO)).unwrap();
    }

    fn say_urgent(&mut self, peer: &mut TcpStream, bytes: &[u8]) {
        rustix::net::send(peer, bytes, rustix::net::SendFlags::OOB).unwrap();
    }

    fn open_handles(&mut self) -> usize {
        system::descriptors()
    }

    fn make_room_small(&mut self, handle: RawFd) -> bool {
        rustix::net::sockopt::set_socket_send_buffer_size(borrow(&handle), 64 << 10).is_ok()
    }

    fn is_inherited(&self, handle: RawFd) -> bool {
        system::is_inherited(handle)
    }
}

/// The platform's error number.
pub const fn os(errno: Os) -> Errno {
    Errno(errno.raw_os_error() as u16)
}

/// The address of `listener` as the system writes it.
pub fn address(listener: &TcpListener) -> RawBuf {
    let any: SocketAddrAny = listener.local_addr().unwrap().into();
    let len = any.addr_len();
    RawBuf { ptr: Box::leak(Box::new(any)).as_mut_ptr().cast(), len }
}

/// The descriptor behind an open handle.
fn borrow(handle: &RawFd) -> BorrowedFd<'_> {
    // SAFETY: the test keeps the handle open.
    unsafe { BorrowedFd::borrow_raw(*handle) }
}
