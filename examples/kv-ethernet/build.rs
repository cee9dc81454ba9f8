//! Links the program for its board.

fn main() {
    zokio_link::programs(&[("kv-ethernet", "lm3s6965evb")]);
}
