//! The addresses of connects in flight, where the kernel may read them until those have ended.

use crate::driver::Reserved;
use rustix::net::addr::SocketAddrArg;
use std::cell::UnsafeCell;
use std::net::SocketAddr;
use zokio_core::driver::{RawBuf, Table};

/// Room for the longest address of the internet's, aligned as all of them.
type Place = UnsafeCell<[u64; 4]>;

/// Places that never move. Few are ever used: only a connect needs one.
pub(super) struct Addresses {
    places: Reserved<Place>,
    free: Vec<u32>,
}

impl Addresses {
    pub(super) fn new(capacity: usize) -> Self {
        Self { places: Reserved::new(capacity), free: Vec::new() }
    }

    /// Writes `address` to a free place, if there is one; says where that is.
    pub(super) fn put(&mut self, address: SocketAddr) -> Option<(u32, RawBuf)> {
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                self.places.push(Place::default()).ok()?;
                (self.places.len() - 1) as u32
            }
        };
        let place = self.places.get_mut(number as usize)?;
        let any = address.as_any();
        let len = any.addr_len().min(size_of::<Place>() as u32);
        let ptr = place.get().cast::<u8>();
        // SAFETY: `len` is at most the size of either; the place was free, so nobody reads it.
        unsafe { ptr.copy_from_nonoverlapping(any.as_ptr().cast(), len as usize) };
        Some((number, RawBuf { ptr, len }))
    }

    /// Takes a place back whose connect has ended.
    pub(super) fn free(&mut self, number: u32) {
        self.free.push(number);
    }
}
