//! Links programs for boards, from their build script.
//!
//! ```no_run
//! // in `main` of build.rs
//! zokio_link::programs(&[("blinky", "lm3s6965evb"), ("blinky-virt", "virt")]);
//! ```
//!
//! A program is linked for its board where it is compiled for the board's instruction set, and left alone elsewhere, so that
//! `cargo test` on the host goes through. The memory maps come with this crate; a board of your own has its `memory.x` in a
//! folder of yours: [`program_in`].

use std::path::{Path, PathBuf};
use std::{env, fs};

/// A board that is known here.
struct Board {
    name: &'static str,
    /// As in `CARGO_CFG_TARGET_ARCH`.
    architecture: &'static str,
    memory: &'static str,
}

const BOARDS: &[Board] = &[
    Board {
        name: "lm3s6965evb",
        architecture: "arm",
        memory: include_str!("../../cortex-m/boards/lm3s6965evb/memory.x"),
    },
    Board {
        name: "mps2-an385",
        architecture: "arm",
        memory: include_str!("../../cortex-m/boards/mps2-an385/memory.x"),
    },
    Board {
        name: "mps2-an386",
        architecture: "arm",
        memory: include_str!("../../cortex-m/boards/mps2-an386/memory.x"),
    },
    Board {
        name: "mps3-an524",
        architecture: "arm",
        memory: include_str!("../../cortex-m/boards/mps3-an524/memory.x"),
    },
    Board { name: "microbit", architecture: "arm", memory: include_str!("../../cortex-m/boards/microbit/memory.x") },
    Board { name: "virt", architecture: "riscv32", memory: include_str!("../../riscv/boards/virt/memory.x") },
    Board { name: "sifive-e", architecture: "riscv32", memory: include_str!("../../riscv/boards/sifive-e/memory.x") },
];

/// Links each program of the package for the board beside it: by the board's memory map and `link.x`, unpadded.
///
/// # Panics
/// If a board is not known (the message names those that are), or if called outside a build script.
pub fn programs(programs: &[(&str, &str)]) {
    for (program, board) in programs {
        let Some(known) = BOARDS.iter().find(|known| known.name == *board) else {
            let names: Vec<_> = BOARDS.iter().map(|board| board.name).collect();
            panic!(
                "zokio-link knows no board {board:?}, only {}; program_in takes your own memory.x",
                names.join(", ")
            );
        };
        if architecture() == known.architecture {
            let folder = Path::new(&variable("OUT_DIR")).join(board);
            write(&folder, "memory.x", known.memory);
            // cortex-m-rt asks for the names of a chip's interrupts; `interrupts!` needs none.
            write(&folder, "device.x", "");
            link(program, &folder);
        }
    }
    println!("cargo:rerun-if-changed=build.rs");
}

/// Links `program` by the `memory.x` in `folder` (with an empty `device.x` beside it on Cortex-M), a path that is relative to
/// the package, where it is compiled for `architecture` (`arm`, `riscv32`).
///
/// # Panics
/// If the folder has no `memory.x`, or if called outside a build script.
pub fn program_in(program: &str, folder: impl AsRef<Path>, architecture: &str) {
    let folder = Path::new(&variable("CARGO_MANIFEST_DIR")).join(folder);
    let memory = folder.join("memory.x");
    assert!(memory.is_file(), "there is no {}", memory.display());
    println!("cargo:rerun-if-changed={}", memory.display());
    if self::architecture() == architecture {
        link(program, &folder);
    }
}

fn link(program: &str, folder: &Path) {
    println!("cargo:rustc-link-arg-bin={program}=-L{}", folder.display());
    println!("cargo:rustc-link-arg-bin={program}=-Tlink.x");
    println!("cargo:rustc-link-arg-bin={program}=--nmagic");
}

fn write(folder: &Path, name: &str, text: &str) {
    let file: PathBuf = folder.join(name);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&file, text));
    written.unwrap_or_else(|error| panic!("writing {}: {error}", file.display()));
}

fn architecture() -> String {
    variable("CARGO_CFG_TARGET_ARCH")
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: zokio-link is for build scripts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_memory_map_names_its_machine_for_the_runner() {
        let runner = include_str!("../../qemu-run");
        for board in BOARDS {
            let machine = board.name.replace('-', "_");
            assert!(board.memory.contains(&format!("__zokio_qemu_machine_{machine} = 1;")), "{}", board.name);
            assert!(runner.contains(&format!("\n{machine}) ")), "qemu-run does not start {}", board.name);
        }
    }
}
