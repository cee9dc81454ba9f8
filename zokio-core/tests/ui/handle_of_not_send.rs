use std::rc::Rc;
use zokio_core::task::JoinHandle;

fn elsewhere(handle: JoinHandle<Rc<u8>>) {
    std::thread::spawn(move || drop(handle));
}

fn main() {}
