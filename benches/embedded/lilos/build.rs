//! Links each program for its board.

fn main() {
    zokio_link::programs(&[("blink2-lilos", "lm3s6965evb"), ("instructions-lilos", "lm3s6965evb")]);
}
