#[path = "parts/board.rs"]
mod board;

zokio_core::runtime! {
    mod runtime {
        machine: board::Board,
        config: Config::new().strategy(StrategyChoice::RoundRobin),
    }
}

fn main() {}
