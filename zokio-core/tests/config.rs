//! Configurations: what is refused, and that what is accepted becomes the parts that were asked for.

use proptest::prelude::*;
use zokio_core::config::{Config, ConfigError, DriverChoice, MemoryChoice, StoreChoice, StrategyChoice};
use zokio_core::platform::{Drivers, IoUring, Os, PlatformCapabilities};
use zokio_core::report::{Report, Sizes};
use zokio_core::time::{Heap, SortedList, Wheel};

const HERE: PlatformCapabilities = PlatformCapabilities::TARGET;

/// What a board's compiler would say.
fn board() -> PlatformCapabilities {
    let mut board = HERE;
    board.os = Os::None;
    board.drivers = Os::None.drivers();
    board.threads = false;
    board.cas = false;
    board
}

#[test]
fn what_cannot_work_is_refused_with_a_sentence_that_says_what_to_change() {
    let refused = |config: Config, platform: PlatformCapabilities| config.check(&platform).unwrap_err().to_string();
    let new = Config::new;
    for (sentence, words) in [
        (refused(new().workers(0), HERE), "workers is 0"),
        (refused(new().workers(2), board()), "workers is 2, but threads here are 1"),
        (refused(new().workers(9), HERE.with_processors(8)), "at most that many"),
        (refused(new().budget(0), HERE), "take at least 1"),
        (refused(new().queue(0), HERE), "take at least 1"),
        (refused(new().queue(100), HERE), "take 64 or 128"),
        (refused(new().submissions(1000), HERE), "take 512 or 1024"),
        (refused(new().priority(17), HERE), "take 1 to 16"),
        (refused(new().priority(4).workers(2), HERE), "for several, take LocalFirst"),
        (refused(new().strategy(StrategyChoice::RoundRobin), HERE), "for one, take Fifo"),
        (refused(new().deadline(0), HERE), "at least 1"),
        (refused(new().driver(DriverChoice::Uring), board()), "io_uring, which a board without an operating system"),
        (refused(new().driver(DriverChoice::PollOneoff), HERE), "take DriverChoice::Auto"),
        (refused(new().driver(DriverChoice::Epoll).operations(0), HERE), "epoll does I/O"),
        (refused(new().tasks(4, 0), HERE), "4 slots of 0 bytes"),
        (refused(new().memory(MemoryChoice::None, 10), HERE), "call Config::memory"),
        (refused(new().memory(MemoryChoice::Arena, 10), HERE), "at least 64"),
        (refused(new().memory(MemoryChoice::Adaptive, 100).memory_first(100), HERE), "something in between"),
        (refused(new().memory(MemoryChoice::Arena, 100).max_allocation(101), HERE), "from 1 to that"),
        (refused(new().tasks(8, 1000).ram_limit(4096), HERE), "8000 bytes of static RAM"),
    ] {
        assert!(sentence.contains(words), "{sentence:?} has no {words:?}");
        assert!(sentence.len() < 192, "{sentence:?} may be cut");
    }
    assert_eq!(Config::new().check(&HERE), Ok(()));
    assert_eq!(Config::new().workers(4).strategy(StrategyChoice::GlobalFirst).check(&HERE), Ok(()));
    assert_eq!(Config::new().check(&board()), Ok(()));
    assert_eq!(Config::new().operations(0).check(&board()), Ok(()), "a board has none");
}

#[test]
fn the_choice_of_the_driver_follows_what_is_found() {
    let mut linux = HERE;
    linux.os = Os::Linux;
    linux.drivers = Os::Linux.drivers();
    assert_eq!(Config::new().driver_on(&linux), DriverChoice::Uring);
    let forbidden = linux.with_io_uring(IoUring::NONE);
    assert_eq!(Config::new().driver_on(&forbidden), DriverChoice::Epoll);
    let error = Config::new().driver(DriverChoice::Uring).check(&forbidden).unwrap_err();
    assert!(matches!(error, ConfigError::DriverNotHere { driver: DriverChoice::Uring, .. }));
    assert_eq!(Config::new().driver_on(&linux.with_io_uring(IoUring::USABLE)), DriverChoice::Uring);
    assert_eq!(Config::new().driver_on(&board()), DriverChoice::Idle);
    assert_eq!(DriverChoice::best_of(Drivers::NONE), DriverChoice::Custom);
}

#[test]
fn a_report_counts_what_is_there_and_says_what_is_missed() {
    let config = Config::new().tasks(9, 100).store(StoreChoice::SortedList);
    let sizes = Sizes::of::<SortedList>().ready(40).tasks(1500, 160).clock(0);
    let report = Report::new(&config, &board(), &sizes);
    assert_eq!(report.ram_bytes, 1540 + sizes.timers);
    let missed: Vec<_> = report.missed().map(|missed| missed.name).collect();
    assert_eq!(missed, ["atomics in hardware", "timer store fits"]);
    assert!(report.missed().all(|missed| !missed.reason.is_empty() && !missed.next.is_empty()));
    let text = report.to_string();
    for words in ["9 slots of 160 B", "interrupts and idle", "Config::store(StoreChoice::Heap)"] {
        assert!(text.contains(words), "{text}");
    }
    let timers = [Sizes::of::<SortedList>(), Sizes::of::<Heap>(), Sizes::of::<Wheel>()].map(|sizes| sizes.timer);
    assert!(timers[0] < timers[1] && timers[0] == timers[2]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Bad input is an error, never a panic, and what is accepted has what `runtime!` relies on.
    #[test]
    fn any_configuration_is_accepted_or_refused(
        numbers in prop::array::uniform8(prop_oneof![0usize..20, any::<usize>(), (0u32..63).prop_map(|bit| 1 << bit)]),
        memory in prop::sample::select(vec![MemoryChoice::None, MemoryChoice::Arena, MemoryChoice::Adaptive]),
        driver in prop::sample::select(vec![DriverChoice::Auto, DriverChoice::Idle, DriverChoice::Uring, DriverChoice::Custom]),
    ) {
        let [workers, budget, queue, slots, bytes, memory_bytes, first, max] = numbers;
        let config = Config::new().workers(workers).budget(budget).queue(queue).tasks(slots, bytes)
            .memory(memory, memory_bytes).memory_first(first).max_allocation(max).driver(driver);
        match config.check(&HERE) {
            Ok(()) => {
                prop_assert!(workers > 0 && budget > 0 && queue.is_power_of_two());
                prop_assert!(HERE.drivers.contains(config.driver_on(&HERE).as_set()));
                prop_assert_eq!(slots == 0, bytes == 0);
            }
            Err(error) => prop_assert!(error.to_string().contains("Config::") || error.to_string().contains("RAM")),
        }
    }
}
