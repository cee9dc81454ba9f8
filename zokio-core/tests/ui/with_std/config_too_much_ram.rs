#[path = "../parts/board.rs"]
mod board;

zokio_core::runtime! {
    mod runtime {
        machine: board::Board,
        config: Config::new().tasks(8, 256).ram_limit(2048),
    }
}

fn main() {}
