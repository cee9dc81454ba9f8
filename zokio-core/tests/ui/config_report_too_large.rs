#[path = "parts/board.rs"]
mod board;

zokio_core::runtime! {
    mod runtime {
        machine: board::Board,
        config: Config::new().memory(MemoryChoice::General, 10_000),
    }
}

const _: () = assert!(runtime::REPORT.ram_bytes <= 8 * 1024, "the runtime has outgrown its 8 KiB");

fn main() {}
