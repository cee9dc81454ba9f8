//! Links each program for its board.

fn main() {
    zokio_link::programs(&[("blink2", "lm3s6965evb"), ("blink2-microbit", "microbit"), ("blink2-virt", "virt")]);
}
