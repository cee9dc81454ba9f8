//! The limit: reads of a file by a ring, by hand: `reads-raw-uring PATH random|sequential MILLISECONDS`.

use io_uring::types::Fd;
use io_uring::{IoUring, opcode};
use std::os::fd::AsRawFd;
use zokio_peers::reads::Plan;

fn main() -> std::io::Result<()> {
    let plan = Plan::from_args(0);
    let file = std::fs::File::open(&plan.path)?;
    let mut ring = IoUring::builder().setup_single_issuer().setup_defer_taskrun().build(64)?;
    let mut buffers: Vec<Vec<u8>> = (0..plan.depth()).map(|_| vec![0; plan.size()]).collect();
    let mut offsets = vec![0; plan.depth()];
    let mut in_flight = 0;
    let start = |ring: &mut IoUring, slot: usize, buffer: &mut Vec<u8>, offset: u64| {
        let read = opcode::Read::new(Fd(file.as_raw_fd()), buffer.as_mut_ptr(), buffer.len() as u32).offset(offset);
        // SAFETY: the buffer is left alone until the end of the read.
        unsafe { ring.submission().push(&read.build().user_data(slot as u64)) }.expect("room");
    };
    for slot in 0..plan.depth() {
        offsets[slot] = plan.next().expect("time");
        start(&mut ring, slot, &mut buffers[slot], offsets[slot]);
        in_flight += 1;
    }
    let mut ends = Vec::new();
    while in_flight > 0 {
        ring.submit_and_wait(1)?;
        ends.extend(ring.completion().map(|end| (end.user_data() as usize, end.result())));
        for (slot, result) in ends.drain(..) {
            plan.read(offsets[slot], &buffers[slot][..usize::try_from(result).expect("a read")]);
            match plan.next() {
                Some(offset) => {
                    offsets[slot] = offset;
                    start(&mut ring, slot, &mut buffers[slot], offset);
                }
                None => in_flight -= 1,
            }
        }
    }
    plan.report();
    Ok(())
}
