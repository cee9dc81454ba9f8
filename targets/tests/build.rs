//! Links each program for its board.

fn main() {
    zokio_link::programs(&[
        ("checks-lm3s6965evb", "lm3s6965evb"),
        ("checks-mps2-an385", "mps2-an385"),
        ("checks-mps3-an524", "mps3-an524"),
        ("checks-microbit", "microbit"),
        ("checks-nrf51-timer", "microbit"),
        ("checks-virt", "virt"),
        ("checks-dual-timer", "mps2-an385"),
        ("checks-lm3s-timers", "lm3s6965evb"),
        ("misuse-arena", "lm3s6965evb"),
        ("misuse-alarm", "mps2-an385"),
        ("misuse-interrupt", "lm3s6965evb"),
        ("misuse-handler", "lm3s6965evb"),
        ("misuse-level", "lm3s6965evb"),
        ("misuse-level-virt", "virt"),
        ("misuse-stack", "lm3s6965evb"),
        ("misuse-stack-unseen", "lm3s6965evb"),
        ("misuse-stack-sifive-e", "sifive-e"),
    ]);
}
