//! The limit with io_uring: multishot accept, multishot receive into a ring of buffers, sends on the ring, and one enter
//! per turn, by hand and without a runtime.

use io_uring::types::{BufRingEntry, Fd};
use io_uring::{IoUring, cqueue, opcode, squeue};
use std::alloc::{Layout, alloc_zeroed};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU16, Ordering};
use zokio_peers::{BUFFER, listener};

const BUFFERS: u16 = 4096;
const GROUP: u16 = 0;
/// Kinds of operations, in the upper half of their user data. The lower half is a descriptor and a buffer.
const ACCEPT: u64 = 1 << 62;
const RECEIVE: u64 = 2 << 62;
const SEND: u64 = 3 << 62;

/// The ring of buffers that the kernel picks from.
struct Buffers {
    entries: *mut BufRingEntry,
    memory: *mut u8,
    tail: u16,
}

impl Buffers {
    fn new(ring: &IoUring) -> Self {
        let layout = Layout::from_size_align(BUFFERS as usize * size_of::<BufRingEntry>(), 4096).expect("a layout");
        // SAFETY: the layout is not empty.
        let entries = unsafe { alloc_zeroed(layout) }.cast::<BufRingEntry>();
        let memory = vec![0u8; BUFFERS as usize * BUFFER].leak().as_mut_ptr();
        // SAFETY: the memory is as large as said, and never freed.
        unsafe { ring.submitter().register_buf_ring_with_flags(entries as u64, BUFFERS, GROUP, 0) }.expect("a ring");
        let mut this = Self { entries, memory, tail: 0 };
        (0..BUFFERS).for_each(|id| this.give_back(id));
        this
    }

    fn at(&self, id: u16) -> *mut u8 {
        // SAFETY: buffers are numbered below `BUFFERS`.
        unsafe { self.memory.add(id as usize * BUFFER) }
    }

    fn give_back(&mut self, id: u16) {
        // SAFETY: the entry is inside the ring, and beyond the tail that the kernel knows.
        unsafe {
            let entry = &mut *self.entries.add((self.tail & (BUFFERS - 1)) as usize);
            entry.set_addr(self.at(id) as u64);
            entry.set_len(BUFFER as u32);
            entry.set_bid(id);
        }
        self.tail = self.tail.wrapping_add(1);
        // SAFETY: the tail lies in the first entry.
        let tail = unsafe { &*BufRingEntry::tail(self.entries).cast::<AtomicU16>() };
        tail.store(self.tail, Ordering::Release);
    }
}

fn push(ring: &mut IoUring, entry: &squeue::Entry) {
    // SAFETY: what the entry names is never freed.
    while unsafe { ring.submission().push(entry) }.is_err() {
        ring.submit().expect("room");
    }
}

fn main() -> std::io::Result<()> {
    let listener = listener();
    let mut ring = IoUring::builder().setup_single_issuer().setup_defer_taskrun().setup_cqsize(8192).build(1024)?;
    let mut buffers = Buffers::new(&ring);
    let accept = opcode::AcceptMulti::new(Fd(listener.as_raw_fd())).build().user_data(ACCEPT);
    push(&mut ring, &accept);
    let receive = |fd: i32| opcode::RecvMulti::new(Fd(fd), GROUP).build().user_data(RECEIVE | fd as u64);
    let mut ends = Vec::with_capacity(8192);
    loop {
        ring.submit_and_wait(1)?;
        ends.extend(ring.completion().map(|end| (end.user_data(), end.result(), end.flags())));
        for (data, result, flags) in ends.drain(..) {
            let fd = (data & 0xffff_ffff) as i32;
            match data & SEND {
                ACCEPT => {
                    assert!(result >= 0 && cqueue::more(flags));
                    // SAFETY: just accepted, and left open.
                    let stream = unsafe { rustix::fd::BorrowedFd::borrow_raw(result) };
                    rustix::net::sockopt::set_tcp_nodelay(stream, true)?;
                    push(&mut ring, &receive(result));
                }
                RECEIVE => match cqueue::buffer_select(flags) {
                    Some(id) if result > 0 => {
                        let data = SEND | (id as u64) << 32 | fd as u64;
                        let send = opcode::Send::new(Fd(fd), buffers.at(id), result as u32).build().user_data(data);
                        push(&mut ring, &send);
                        if !cqueue::more(flags) {
                            push(&mut ring, &receive(fd));
                        }
                    }
                    // SAFETY: ours, and nothing is in flight on it.
                    _ => unsafe { rustix::io::close(fd) },
                },
                _ => buffers.give_back((data >> 32) as u16),
            }
        }
    }
}
