#[zokio_core::task(deadline = within)]
async fn task(within: core::time::Duration, (left, right): (u8, u8)) {
    let _ = (left, right);
}

fn main() {}
