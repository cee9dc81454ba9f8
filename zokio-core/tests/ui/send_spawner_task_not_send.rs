use std::rc::Rc;
use zokio_core::task::SendSpawner;

#[zokio_core::task]
async fn keeps(value: Rc<u8>) {
    drop(value);
}

fn start(spawner: SendSpawner, value: Rc<u8>) {
    let _ = spawner.spawn(keeps(value));
}

fn main() {}
