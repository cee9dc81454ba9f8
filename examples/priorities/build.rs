//! Links each program for its board.

fn main() {
    zokio_link::programs(&[("priorities", "lm3s6965evb"), ("priorities-virt", "virt")]);
}
