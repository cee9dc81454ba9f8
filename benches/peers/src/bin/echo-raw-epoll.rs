//! The limit with epoll: an echo server written by hand, without a runtime.

use rustix::event::epoll;
use rustix::net::{RecvFlags, SendFlags, SocketFlags};
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd};
use zokio_peers::{BUFFER, listener};

fn main() -> std::io::Result<()> {
    let listener = listener();
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let own = listener.as_raw_fd() as u64;
    epoll::add(&poll, &listener, epoll::EventData::new_u64(own), epoll::EventFlags::IN)?;
    let mut events = Vec::with_capacity(256);
    let mut buffer = [0u8; BUFFER];
    loop {
        events.clear();
        epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), None)?;
        for event in &events {
            let data = event.data;
            if data.u64() == own {
                let stream = rustix::net::accept_with(&listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)?;
                rustix::net::sockopt::set_tcp_nodelay(&stream, true)?;
                let data = epoll::EventData::new_u64(stream.as_raw_fd() as u64);
                epoll::add(&poll, &stream, data, epoll::EventFlags::IN)?;
                let _ = stream.into_raw_fd();
                continue;
            }
            // SAFETY: the number of a stream that is closed below only, and then reports no more.
            let stream = unsafe { BorrowedFd::borrow_raw(data.u64() as i32) };
            match rustix::net::recv(stream, &mut buffer, RecvFlags::empty()) {
                Ok((len, _)) if len > 0 => {
                    // Messages are far smaller than the socket's buffer, so a send is whole.
                    let sent = rustix::net::send(stream, &buffer[..len], SendFlags::NOSIGNAL)?;
                    assert_eq!(sent, len);
                }
                // SAFETY: ours, and not used again.
                _ => unsafe { rustix::io::close(stream.as_raw_fd()) },
            }
        }
    }
}
