//! Links each program for its board.

fn main() {
    zokio_link::programs(&[
        ("checks-lm3s6965evb", "lm3s6965evb"),
        ("checks-mps2-an385", "mps2-an385"),
        ("checks-microbit", "microbit"),
        ("checks-nrf51-timer", "microbit"),
        ("checks-virt", "virt"),
    ]);
}
