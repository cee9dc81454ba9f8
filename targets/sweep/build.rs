//! Links each program for its board.

use std::path::Path;

fn main() {
    let programs = [
        ("sweep-mps2-an385", "arm", "cortex-m/boards/mps2-an385"),
        ("sweep-microbit", "arm", "cortex-m/boards/microbit"),
        ("sweep-virt", "riscv32", "riscv/boards/virt"),
    ];
    let architecture = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (program, wanted, board) in programs {
        if architecture == wanted {
            println!("cargo:rustc-link-arg-bin={program}=-L{}", targets.join(board).display());
            println!("cargo:rustc-link-arg-bin={program}=-Tlink.x");
            println!("cargo:rustc-link-arg-bin={program}=--nmagic");
            println!("cargo:rerun-if-changed={}", targets.join(board).join("memory.x").display());
        }
    }
    println!("cargo:rerun-if-changed=build.rs");
}
