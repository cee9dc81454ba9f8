use zokio_core::executor::Priority;

fn main() {
    let _ = Priority::<17>::new();
}
