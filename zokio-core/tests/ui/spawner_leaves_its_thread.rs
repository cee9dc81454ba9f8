use zokio_core::task::Spawner;

fn send<T: Send>(_: T) {}

fn elsewhere(spawner: Spawner) {
    send(spawner);
}

fn main() {}
