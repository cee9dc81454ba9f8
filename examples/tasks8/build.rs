//! Links each program for its board.

fn main() {
    zokio_link::programs(&[("tasks8", "lm3s6965evb"), ("tasks8-microbit", "microbit"), ("tasks8-virt", "virt")]);
}
