use zokio_core::executor::Deadline;

fn main() {
    let _ = Deadline::<0>::new();
}
