use zokio_core::memory::{Arena, Inline, Owned};

fn main() {
    let arena = Arena::new(Inline::<256>::new());
    let task = Owned::new(async {}, &arena).unwrap_or_else(|_| panic!()).into_pin();
    core::mem::forget(task); // and now the arena goes, with the future in it
}
