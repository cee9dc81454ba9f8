#[zokio_core::task(pool = 2, priority = 16)]
async fn task() {}

fn main() {}
