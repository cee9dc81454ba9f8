//! Links each program for its board.

fn main() {
    zokio_link::programs(&[
        ("button", "lm3s6965evb"),
        ("sensors", "lm3s6965evb"),
        ("sd-card", "lm3s6965evb"),
        ("uart-echo", "lm3s6965evb"),
        ("watchdog", "lm3s6965evb"),
        ("blame-panic", "lm3s6965evb"),
        ("blame-fault", "lm3s6965evb"),
        ("blame-fault-virt", "virt"),
        ("deep-sleep", "microbit"),
        ("hours", "microbit"),
        ("hours-16-bits", "mps2-an385"),
        ("hours-32-bits", "mps2-an385"),
        ("deep-sleep-lm3s6965evb", "lm3s6965evb"),
        ("deep-sleep-mps2-an385", "mps2-an385"),
        ("deep-sleep-mps3-an524", "mps3-an524"),
        ("uart-echo-mps3-an524", "mps3-an524"),
        ("deep-sleep-virt", "virt"),
    ]);
}
