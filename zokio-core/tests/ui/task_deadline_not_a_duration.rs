#[zokio_core::task(deadline = 500)]
async fn task() {}

fn main() {}
