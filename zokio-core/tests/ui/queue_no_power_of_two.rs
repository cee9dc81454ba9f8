use zokio_core::queue::{Mpmc, StealQueue};

static JOBS: Mpmc<u32, 12> = Mpmc::new();
static LOCAL: StealQueue<u32, 100> = StealQueue::new();

fn main() {}
