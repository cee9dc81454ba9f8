//! A driver under test with its account, and connections for it.

use super::every::{Account, World};
use rustix::fd::{BorrowedFd, IntoRawFd, RawFd};
use rustix::net::SocketAddrAny;
use std::fmt::Debug;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::ops::{Deref, DerefMut};
use std::time::Duration;
use zokio_core::driver::{Completion, IoDriver, Op, RawBuf, RecvPool};

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
        Self { account: Account::new(driver, size.operations), peers }
    }

    /// The bytes of a pooled completion, after which its buffer goes back.
    pub fn pooled(&mut self, end: Completion) -> Vec<u8> {
        let len = end.result.expect("received") as usize;
        let id = end.flags.buffer.expect("bytes come in a buffer");
        let buffer = self.driver.pooled(id);
        assert!(len <= buffer.len as usize);
        // SAFETY: the completion lends the buffer; it is given back once, after the last use.
        unsafe {
            let bytes = std::slice::from_raw_parts(buffer.ptr, len).to_vec();
            self.driver.recycle(id);
            bytes
        }
    }

    /// Receives until `want` bytes are there.
    pub fn receive(&mut self, handle: RawFd, want: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < want {
            let key = self.start(Op::RecvPooled { handle });
            let end = self.end(key);
            assert_ne!(end.result, Ok(0), "the stream ended after {} of {want} bytes", bytes.len());
            bytes.extend(self.pooled(end));
        }
        bytes
    }

    /// A listening socket in the driver's mode.
    pub fn listener(&self) -> TcpListener {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(S::NON_BLOCKING).unwrap();
        listener
    }

    /// A connection: our end in the driver's mode and to be closed by it, the other an ordinary socket.
    pub fn connection(&self) -> (RawFd, TcpStream) {
        let peer = TcpStream::connect(self.peers.local_addr().unwrap()).unwrap();
        let (ours, _) = self.peers.accept().unwrap();
        ours.set_nonblocking(S::NON_BLOCKING).unwrap();
        (ours.into_raw_fd(), peer)
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

    fn account(&mut self) -> &mut Account<S::Driver> {
        &mut self.account
    }

    fn connection(&mut self) -> (RawFd, TcpStream) {
        Self::connection(self)
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
        super::system::is_open(handle)
    }
}

/// Memory that is never freed: whatever becomes of an operation, its bytes stay.
pub fn leaked(len: usize) -> RawBuf {
    RawBuf { ptr: vec![0u8; len].leak().as_mut_ptr(), len: len as u32 }
}

/// Leaked memory with `bytes` in it.
pub fn leaked_bytes(bytes: &[u8]) -> RawBuf {
    RawBuf { ptr: bytes.to_vec().leak().as_mut_ptr(), len: bytes.len() as u32 }
}

/// What is in `buf` now; nothing may be in flight on it.
pub fn contents(buf: RawBuf, len: u32) -> Vec<u8> {
    assert!(len <= buf.len);
    // SAFETY: leaked memory, and the operation on it has ended.
    unsafe { std::slice::from_raw_parts(buf.ptr, len as usize).to_vec() }
}

/// The address of `listener` as the system writes it.
pub fn address(listener: &TcpListener) -> RawBuf {
    let any: SocketAddrAny = listener.local_addr().unwrap().into();
    let len = any.addr_len();
    RawBuf { ptr: Box::leak(Box::new(any)).as_mut_ptr().cast(), len }
}

/// Resets the connection instead of ending it.
pub fn reset(peer: TcpStream) {
    rustix::net::sockopt::set_socket_linger(&peer, Some(Duration::ZERO)).unwrap();
    drop(peer);
}

/// The descriptor behind an open handle.
pub fn borrow(handle: &RawFd) -> BorrowedFd<'_> {
    // SAFETY: the test keeps the handle open.
    unsafe { BorrowedFd::borrow_raw(*handle) }
}
