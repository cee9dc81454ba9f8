use allocator_api2::boxed::Box;
use zokio_core::memory::{Arena, Inline};

fn main() {
    let mut arena = Arena::new(Inline::<256>::new());
    let number = Box::new_in(7, &arena);
    arena.reset();
    drop(number);
}
