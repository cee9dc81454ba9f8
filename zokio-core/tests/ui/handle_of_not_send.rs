use std::rc::Rc;
use zokio_core::task::JoinHandle;

fn send<T: Send>(_: T) {}

fn elsewhere(handle: JoinHandle<Rc<u8>>) {
    send(handle);
}

fn main() {}
