//! Which operations the kernel knows.

use super::ring::Ring;
use rustix::io_uring::{IoringOp, IoringRegisterOp, io_uring_register};
use std::io;

/// As many operations as a probe can tell of.
const OPS: usize = 256;
/// The bit of a probed operation that says "supported".
const SUPPORTED: u16 = 1;

/// Fails with [`io::ErrorKind::Unsupported`] unless the kernel knows all of `needed`.
pub(super) fn check(ring: &Ring, needed: &[IoringOp]) -> io::Result<()> {
    // `struct io_uring_probe`: 16 bytes of head, then 8 bytes per operation, its flags in the second half-word.
    let mut probe = [[0u16; 4]; 2 + OPS];
    let argument = probe.as_mut_ptr().cast_const().cast();
    // SAFETY: the kernel writes a head and at most `OPS` operations, for which there is room.
    unsafe { io_uring_register(ring.fd(), IoringRegisterOp::RegisterProbe, argument, OPS as u32)? };
    let missing = needed.iter().find(|&&op| probe[2 + op as usize][1] & SUPPORTED == 0);
    match missing {
        None => Ok(()),
        Some(op) => Err(io::Error::new(io::ErrorKind::Unsupported, format!("io_uring of this kernel lacks {op:?}"))),
    }
}
