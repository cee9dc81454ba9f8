//! Operations as io_uring writes them.

use super::{buffers, datagrams};
use rustix::fs::{AtFlags, OFlags};
use rustix::io_uring::IoringFsyncFlags;
use rustix::io_uring::{
    IoringAcceptFlags, IoringAsyncCancelFlags, IoringOp, IoringPollFlags, IoringRecvFlags, IoringSqeFlags, SendFlags,
    SocketFlags, io_uring_ptr, io_uring_sqe,
};
use std::os::fd::{AsRawFd, RawFd};
use zokio_core::driver::{FileOp, Interest, Key, Op, RawBuf};

/// Names the completion of the armed eventfd.
pub(super) const WAKE: u64 = u64::MAX;
/// Names the completion of a request to cancel everything.
pub(super) const CANCEL_ALL: u64 = u64::MAX - 1;
/// In the place of a key's highest index bit: this is the completion of a cancel, not of the operation itself.
pub(super) const CANCEL: u64 = 1 << 31;

const POLLIN: u32 = 0x1;
const POLLOUT: u32 = 0x4;
const POLLRDHUP: u32 = 0x2000;

/// What every driver of this kind needs of the kernel.
pub(super) const NEEDED: [IoringOp; 18] = [
    IoringOp::Nop,
    IoringOp::PollAdd,
    IoringOp::Accept,
    IoringOp::Connect,
    IoringOp::Recv,
    IoringOp::Send,
    IoringOp::Sendmsg,
    IoringOp::Close,
    IoringOp::AsyncCancel,
    IoringOp::Openat,
    IoringOp::Read,
    IoringOp::Write,
    IoringOp::Fsync,
    IoringOp::Fallocate,
    IoringOp::Statx,
    IoringOp::Renameat,
    IoringOp::Unlinkat,
    IoringOp::Mkdirat,
];

/// The record for `op`; `None` if there is no such operation here.
pub(super) fn record(key: Key, op: &Op<RawFd>) -> Option<io_uring_sqe> {
    let mut sqe = io_uring_sqe::default();
    sqe.user_data.u64_ = key.to_u64();
    match *op {
        Op::Nop => sqe.opcode = IoringOp::Nop,
        Op::Poll { handle, interest } => {
            (sqe.opcode, sqe.fd) = (IoringOp::PollAdd, handle);
            sqe.op_flags.poll32_events = poll_bits(match interest {
                Interest::Readable => POLLIN | POLLRDHUP,
                Interest::Writable => POLLOUT,
            });
        }
        Op::Accept { handle } => {
            (sqe.opcode, sqe.fd) = (IoringOp::Accept, handle);
            sqe.op_flags.accept_flags = SocketFlags::CLOEXEC;
        }
        Op::Connect { handle, address } => {
            (sqe.opcode, sqe.fd) = (IoringOp::Connect, handle);
            sqe.addr_or_splice_off_in.addr = io_uring_ptr::new(address.ptr.cast());
            sqe.off_or_addr2.off = address.len.into();
        }
        Op::Recv { handle, buf } => {
            (sqe.opcode, sqe.fd) = (IoringOp::Recv, handle);
            memory(&mut sqe, buf);
        }
        Op::RecvPooled { handle } => {
            (sqe.opcode, sqe.fd, sqe.flags) = (IoringOp::Recv, handle, IoringSqeFlags::BUFFER_SELECT);
            // No length: as much as the buffer that the kernel picks can hold.
            sqe.buf.buf_group = buffers::GROUP;
        }
        Op::RecvMany { handle } => {
            sqe = record(key, &Op::RecvPooled { handle })?;
            sqe.ioprio.recv_flags = IoringRecvFlags::MULTISHOT;
        }
        Op::RecvDatagrams { handle } => {
            (sqe.opcode, sqe.fd, sqe.flags) = (IoringOp::Recvmsg, handle, IoringSqeFlags::BUFFER_SELECT);
            sqe.addr_or_splice_off_in.addr = io_uring_ptr::new(datagrams::HEADER.pointer().cast_mut().cast());
            sqe.len.len = 1;
            sqe.buf.buf_group = datagrams::GROUP;
            sqe.ioprio.recv_flags = IoringRecvFlags::MULTISHOT;
        }
        Op::AcceptMany { handle } => {
            sqe = record(key, &Op::Accept { handle })?;
            sqe.ioprio.accept_flags = IoringAcceptFlags::MULTISHOT;
        }
        Op::Send { handle, buf } => {
            (sqe.opcode, sqe.fd) = (IoringOp::Send, handle);
            memory(&mut sqe, buf);
            sqe.op_flags.send_flags = SendFlags::NOSIGNAL;
        }
        Op::SendZeroCopy { handle, buf } => {
            sqe = record(key, &Op::Send { handle, buf })?;
            sqe.opcode = IoringOp::SendZc;
        }
        Op::SendTo { handle, .. } => {
            // What it names is put in by the driver, which has the place for it.
            (sqe.opcode, sqe.fd) = (IoringOp::Sendmsg, handle);
            sqe.op_flags.send_flags = SendFlags::NOSIGNAL;
            sqe.len.len = 1;
        }
        Op::Close { handle } => (sqe.opcode, sqe.fd) = (IoringOp::Close, handle),
        Op::File(ref op) => return file(sqe, op),
        _ => return None,
    }
    Some(sqe)
}

/// The record for an operation on files.
fn file(mut sqe: io_uring_sqe, op: &FileOp<RawFd>) -> Option<io_uring_sqe> {
    let address = |pointer: *const u8| io_uring_ptr::new(pointer.cast_mut().cast());
    sqe.fd = rustix::fs::CWD.as_raw_fd();
    match *op {
        FileOp::Open { path, flags, mode } => {
            sqe.opcode = IoringOp::Openat;
            sqe.addr_or_splice_off_in.addr = address(path);
            sqe.len.len = mode;
            sqe.op_flags.open_flags = OFlags::from_bits_retain(flags) | OFlags::CLOEXEC;
        }
        FileOp::Read { handle, buf, offset } => {
            (sqe.opcode, sqe.fd) = (IoringOp::Read, handle);
            memory(&mut sqe, buf);
            sqe.off_or_addr2.off = offset;
        }
        FileOp::Write { handle, buf, offset } => {
            (sqe.opcode, sqe.fd) = (IoringOp::Write, handle);
            memory(&mut sqe, buf);
            sqe.off_or_addr2.off = offset;
        }
        FileOp::Sync { handle, data_only } => {
            (sqe.opcode, sqe.fd) = (IoringOp::Fsync, handle);
            sqe.op_flags.fsync_flags = if data_only { IoringFsyncFlags::DATASYNC } else { IoringFsyncFlags::empty() };
        }
        FileOp::Allocate { handle, mode, offset, len } => {
            (sqe.opcode, sqe.fd) = (IoringOp::Fallocate, handle);
            sqe.off_or_addr2.off = offset;
            // Where other operations have an address, this one has a length.
            sqe.addr_or_splice_off_in.splice_off_in = len;
            sqe.len.len = mode;
        }
        FileOp::Stat { handle, path, flags, mask, out } => {
            sqe.opcode = IoringOp::Statx;
            sqe.fd = handle.unwrap_or(sqe.fd);
            sqe.addr_or_splice_off_in.addr = address(path);
            sqe.off_or_addr2.addr2 = address(out);
            sqe.len.len = mask;
            sqe.op_flags.statx_flags = AtFlags::from_bits_retain(flags);
        }
        FileOp::Rename { from, to } => {
            sqe.opcode = IoringOp::Renameat;
            sqe.addr_or_splice_off_in.addr = address(from);
            sqe.off_or_addr2.addr2 = address(to);
            sqe.len.len = rustix::fs::CWD.as_raw_fd() as u32;
        }
        FileOp::Remove { path, directory } => {
            sqe.opcode = IoringOp::Unlinkat;
            sqe.addr_or_splice_off_in.addr = address(path);
            sqe.op_flags.unlink_flags = if directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        }
        FileOp::MakeDirectory { path, mode } => {
            sqe.opcode = IoringOp::Mkdirat;
            sqe.addr_or_splice_off_in.addr = address(path);
            sqe.len.len = mode;
        }
        _ => return None,
    }
    Some(sqe)
}

fn memory(sqe: &mut io_uring_sqe, buf: RawBuf) {
    sqe.addr_or_splice_off_in.addr = io_uring_ptr::new(buf.ptr.cast());
    sqe.len.len = buf.len;
}

/// The kernel reads the two halves of the event mask the other way round on big-endian machines.
fn poll_bits(bits: u32) -> u32 {
    if cfg!(target_endian = "big") { bits.rotate_left(16) } else { bits }
}

/// Reports every write to the eventfd, until further notice.
pub(super) fn wake(eventfd: RawFd) -> io_uring_sqe {
    let mut sqe = io_uring_sqe { opcode: IoringOp::PollAdd, fd: eventfd, ..Default::default() };
    sqe.op_flags.poll32_events = poll_bits(POLLIN);
    sqe.len.poll_flags = IoringPollFlags::ADD_MULTI;
    sqe.user_data.u64_ = WAKE;
    sqe
}

/// Cancels the operation `key`.
pub(super) fn cancel(key: Key) -> io_uring_sqe {
    let mut sqe = io_uring_sqe { opcode: IoringOp::AsyncCancel, fd: -1, ..Default::default() };
    sqe.addr_or_splice_off_in.user_data.u64_ = key.to_u64();
    sqe.user_data.u64_ = key.to_u64() | CANCEL;
    sqe
}

/// Cancels everything.
pub(super) fn cancel_all() -> io_uring_sqe {
    let mut sqe = io_uring_sqe { opcode: IoringOp::AsyncCancel, fd: -1, ..Default::default() };
    sqe.op_flags.cancel_flags = IoringAsyncCancelFlags::ALL | IoringAsyncCancelFlags::ANY;
    sqe.user_data.u64_ = CANCEL_ALL;
    sqe
}
