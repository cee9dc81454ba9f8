const URGENT: u8 = 200;

#[zokio_core::task(priority = URGENT)]
async fn task() {}

fn main() {}
