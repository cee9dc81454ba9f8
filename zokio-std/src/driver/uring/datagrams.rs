//! Datagrams that one operation receives again and again (Linux 6.0): each into a buffer that has room for the longest, behind
//! what the kernel says of it.
//!
//! ```text
//!   │ io_uring_recvmsg_out │ who sent it │ bytes │
//!   0                     16            44
//! ```
//!
//! The buffers are a group of their own, made when the first datagrams are asked for. Their pages are taken from the system when
//! something long arrives, not before.

use rustix::io_uring::{MsgHdr, io_uring_recvmsg_out};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::ops::Range;
use std::ptr::null_mut;

/// The group that such operations name.
pub(super) const GROUP: u16 = 1;
/// Room for `sockaddr_in6`, the longer one.
const NAME: usize = 28;
const HEAD: usize = size_of::<io_uring_recvmsg_out>() + NAME;
/// A datagram's length is a number of 16 bits.
pub(super) const SIZE: u32 = (HEAD + u16::MAX as usize).next_multiple_of(4096) as u32;

/// What operations point to; the kernel only reads it.
pub(super) struct Header(MsgHdr);

// SAFETY: never changes, and its pointers are null.
unsafe impl Sync for Header {}

impl Header {
    pub(super) fn pointer(&'static self) -> *const MsgHdr {
        &raw const self.0
    }
}

/// How much room there is for who sent it; the rest is for bytes.
pub(super) static HEADER: Header = Header(MsgHdr {
    msg_name: null_mut(),
    msg_namelen: NAME as _,
    msg_iov: null_mut(),
    msg_iovlen: 0,
    msg_control: null_mut(),
    msg_controllen: 0,
    msg_flags: rustix::net::RecvFlags::empty(),
});

/// Who sent the datagram in a buffer, and where its bytes are.
pub(in super::super) fn parse(buffer: &[u8]) -> Option<(Option<SocketAddr>, Range<usize>)> {
    let name = buffer.get(HEAD - NAME..HEAD)?;
    Some((address(name), HEAD..buffer.len()))
}

/// As `sockaddr_in` and `sockaddr_in6` have it.
fn address(name: &[u8]) -> Option<SocketAddr> {
    let family = u16::from_ne_bytes(name.get(..2)?.try_into().ok()?);
    let port = u16::from_be_bytes(name.get(2..4)?.try_into().ok()?);
    let word = |at: usize| Some(u32::from_ne_bytes(name.get(at..at + 4)?.try_into().ok()?));
    if family == rustix::net::AddressFamily::INET.as_raw() {
        let bytes: [u8; 4] = name.get(4..8)?.try_into().ok()?;
        return Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::from(bytes)), port));
    }
    if family == rustix::net::AddressFamily::INET6.as_raw() {
        let bytes: [u8; 16] = name.get(8..24)?.try_into().ok()?;
        let (flow, scope) = (word(4)?, word(24)?);
        return Some(SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::from(bytes), port, flow, scope)));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sent_it() {
        let mut buffer = [0; HEAD + 5];
        buffer[16..18].copy_from_slice(&rustix::net::AddressFamily::INET.as_raw().to_ne_bytes());
        buffer[18..24].copy_from_slice(&[0x12, 0x34, 127, 0, 0, 9]);
        assert_eq!(parse(&buffer), Some((Some("127.0.0.9:4660".parse().unwrap()), HEAD..HEAD + 5)));
        buffer[16..18].copy_from_slice(&rustix::net::AddressFamily::INET6.as_raw().to_ne_bytes());
        buffer[20..44].fill(0);
        (buffer[39], buffer[40]) = (1, 3u8.to_be());
        let Some((Some(SocketAddr::V6(one)), _)) = parse(&buffer) else { panic!("no address") };
        assert_eq!((one.ip(), one.port()), (&Ipv6Addr::LOCALHOST, 4660));
        buffer[16] = 0;
        assert_eq!(parse(&buffer), Some((None, HEAD..HEAD + 5)));
        assert_eq!(parse(&buffer[..HEAD - 1]), None);
    }
}
