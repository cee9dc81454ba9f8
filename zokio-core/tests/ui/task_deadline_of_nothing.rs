#[zokio_core::task(deadline = core::time::Duration::ZERO)]
async fn task() {}

fn main() {}
