//! Links each program for its board.

fn main() {
    zokio_link::programs(&[
        ("configured-lm3s6965evb", "lm3s6965evb"),
        ("configured-microbit", "microbit"),
        ("configured-virt", "virt"),
    ]);
}
