//! Links each program for its board.

fn main() {
    zokio_link::programs(&[
        ("blink2-embassy", "lm3s6965evb"),
        ("blink2-embassy", "virt"),
        ("tasks8-embassy", "lm3s6965evb"),
        ("tasks8-embassy", "virt"),
    ]);
}
