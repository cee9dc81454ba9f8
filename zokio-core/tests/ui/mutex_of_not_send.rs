use std::rc::Rc;
use zokio_core::sync::Mutex;

fn share<T: Sync>(_: &T) {}

fn main() {
    share(&Mutex::new(Rc::new(1u8)));
}
