use zokio_core::task::Spawner;

fn elsewhere(spawner: Spawner) {
    std::thread::spawn(move || spawner.live());
}

fn main() {}
