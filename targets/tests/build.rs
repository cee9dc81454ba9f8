//! Gives each program the memory map of its board.

fn main() {
    let boards = [
        //("lm3s6965evb", "cortex-m"),
        ("mps2-an385", "cortex-m"),
        //("microbit", "cortex-m"),
        //("virt", "riscv"),
    ];
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        let targets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for (board, package) in boards {
            println!(
                "cargo:rustc-link-arg-bin={board}=-L{}",
                targets.join(package).join("boards").join(board).display()
            );
            println!("cargo:rustc-link-arg-bin={board}=-Tlink.x");
            println!("cargo:rustc-link-arg-bin={board}=--nmagic");
        }
    }
    println!("cargo:rerun-if-changed=build.rs");
}
