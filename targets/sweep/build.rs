//! Links each program for its board.

fn main() {
    zokio_link::programs(&[("sweep-mps2-an385", "mps2-an385"), ("sweep-microbit", "microbit"), ("sweep-virt", "virt")]);
}
