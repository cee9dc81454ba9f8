//! Links each program for its board.

fn main() {
    zokio_link::programs(&[
        ("blink2-rtic", "lm3s6965evb"),
        ("blink2-rtic-ticking", "lm3s6965evb"),
        ("tasks8-rtic", "lm3s6965evb"),
        ("instructions-rtic", "lm3s6965evb"),
    ]);
}
