#[zokio_core::task]
async fn generic<T: 'static>(value: T) {
    drop(value);
}

fn main() {}
