//! What io_uring can do here, found by making a small ring.

use super::buffers::BufferRing;
use super::ring::Ring;
use super::{ops, probe};
use rustix::io_uring::IoringOp;
use zokio_core::platform::IoUring;

/// What a ring of this kernel can do; nothing where none can be made.
pub(crate) fn found() -> IoUring {
    let Ok(ring) = Ring::new(4, false) else { return IoUring::NONE };
    let knows = |operations: &[IoringOp]| probe::check(&ring, operations).is_ok();
    let buffers = BufferRing::new(&ring, super::buffers::GROUP, 1, 64).is_ok();
    let mut found = IoUring::NONE;
    let usable = buffers && knows(&ops::NEEDED);
    for (there, what) in [
        (usable, IoUring::USABLE),
        (ring.is_deferred(), IoUring::SINGLE_ISSUER | IoUring::DEFER_TASKRUN),
        (buffers, IoUring::BUFFER_RINGS),
        (knows(&[IoringOp::SendZc]), IoUring::SEND_ZERO_COPY),
    ] {
        if there {
            found = found | what;
        }
    }
    found
}
