#[zokio_core::task(pool = 0)]
async fn never() {}

fn main() {
    let _ = never();
}
