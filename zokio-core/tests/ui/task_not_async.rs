#[zokio_core::task]
fn not_async() {}

fn main() {}
