use std::rc::Rc;
use zokio_core::task::{SendSpawner, TaskArena};

static ARENA: TaskArena<2, 64> = TaskArena::new();

fn start(spawner: SendSpawner, value: Rc<u8>) {
    let _ = spawner.spawn(ARENA.task(async move { drop(value) }));
}

fn main() {}
