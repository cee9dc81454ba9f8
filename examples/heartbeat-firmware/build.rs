//! Links the program for its board.

use std::path::Path;

fn main() {
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("arm") {
        let board = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../targets/cortex-m/boards/lm3s6965evb");
        println!("cargo:rustc-link-arg-bins=-L{}", board.display());
        println!("cargo:rustc-link-arg-bins=-Tlink.x");
        println!("cargo:rustc-link-arg-bins=--nmagic");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
