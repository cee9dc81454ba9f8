// A pool whose slots are shared by futures of different types would be unsound.
#[zokio_core::task(pool = 2)]
async fn show(text: Option<impl Into<u32>>) {
    drop(text);
}

fn main() {}
