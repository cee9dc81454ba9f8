//! Links the program for the board that stands for its target.

use std::path::Path;

fn main() {
    let boards = [
        ("thumbv7m-none-eabi", "cortex-m/boards/lm3s6965evb"),
        ("thumbv6m-none-eabi", "cortex-m/boards/microbit"),
        ("riscv32imac-unknown-none-elf", "riscv/boards/virt"),
    ];
    let target = std::env::var("TARGET").unwrap_or_default();
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../targets");
    for (_, board) in boards.into_iter().filter(|(name, _)| *name == target) {
        let board = targets.join(board);
        println!("cargo:rustc-link-arg-bins=-L{}", board.display());
        println!("cargo:rustc-link-arg-bins=-Tlink.x");
        println!("cargo:rustc-link-arg-bins=--nmagic");
        println!("cargo:rerun-if-changed={}", board.join("memory.x").display());
    }
    println!("cargo:rerun-if-changed=build.rs");
}
