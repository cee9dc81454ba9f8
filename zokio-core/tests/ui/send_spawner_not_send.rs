use std::rc::Rc;
use zokio_core::task::{SendSpawner, Spawner, TaskArena};

static ARENA: TaskArena<2, 64> = TaskArena::new();

#[zokio_core::task]
async fn keeps(value: Rc<u8>) {
    drop(value);
}

fn arguments(spawner: SendSpawner, value: Rc<u8>) {
    let _ = spawner.spawn(keeps(value));
}

fn future(spawner: SendSpawner, value: Rc<u8>) {
    let _ = spawner.spawn(ARENA.task(async move { drop(value) }));
}

fn elsewhere(spawner: Spawner) {
    std::thread::spawn(move || spawner.live());
}

fn main() {}
