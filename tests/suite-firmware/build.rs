//! Links each program for its board.

fn main() {
    zokio_link::programs(&[
        ("suite-lm3s6965evb", "lm3s6965evb"),
        ("suite-mps2-an385", "mps2-an385"),
        ("suite-mps2-an386", "mps2-an386"),
        ("suite-mps3-an524", "mps3-an524"),
        ("suite-microbit", "microbit"),
        ("suite-virt", "virt"),
        ("suite-sifive-e", "sifive-e"),
    ]);
}
