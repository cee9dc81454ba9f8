//! Links each program for its board.

fn main() {
    zokio_link::programs(&[("kv-ethernet", "lm3s6965evb"), ("kv-ethernet-mps2-an385", "mps2-an385")]);
}
