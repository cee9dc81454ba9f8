//! Links each program for its board.

fn main() {
    zokio_link::programs(&[
        ("sweep-mps2-an385", "mps2-an385"),
        ("sweep-mps3-an524", "mps3-an524"),
        ("sweep-microbit", "microbit"),
        ("sweep-virt", "virt"),
    ]);
}
