#[zokio_core::task]
async fn borrows(text: &str) {
    let _ = text.len();
}

fn main() {}
