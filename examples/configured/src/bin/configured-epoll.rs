//! The program on Linux, over epoll.

configured::configured! {
    machine: zokio_std::Host,
    config: Config::new()
        .driver(DriverChoice::Epoll)
        .store(StoreChoice::Heap)
        .tasks(4, 256)
        .memory(MemoryChoice::Adaptive, 4096)
        .ram_limit(12 * 1024),
    print: println,
    platform: zokio_std::platform(),
}

fn main() -> std::io::Result<()> {
    report()
}
