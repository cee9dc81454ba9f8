//! Links each program for its board.

fn main() {
    zokio_link::programs(&[
        ("lm3s6965evb", "lm3s6965evb"),
        ("mps2-an385", "mps2-an385"),
        ("microbit", "microbit"),
        ("virt", "virt"),
    ]);
}
