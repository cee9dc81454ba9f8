//! Links the program for its board.

fn main() {
    zokio_link::programs(&[("heartbeat-firmware", "lm3s6965evb")]);
}
