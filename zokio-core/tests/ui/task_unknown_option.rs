#[zokio_core::task(pool_size = 2)]
async fn task() {}

fn main() {}
