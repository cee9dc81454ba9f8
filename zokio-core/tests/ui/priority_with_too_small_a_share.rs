use zokio_core::executor::Priority;

fn main() {
    let _ = Priority::<8, 4>::new();
}
