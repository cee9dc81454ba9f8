//! `#[zokio_std::main]` and `#[zokio_std::test]`.

use std::time::Duration;
use zokio_std::driver::DriverKind;
use zokio_std::time::{StoreChoice, now, sleep};
use zokio_std::{RoundRobin, spawn};

#[zokio_std::test]
async fn plain() {
    assert_eq!(spawn(async { 1 }).await.unwrap(), 1);
}

#[zokio_std::test(workers = 2, driver = DriverKind::Epoll, strategy = RoundRobin, thread_name = "attribute")]
async fn with_options() -> Result<(), zokio_std::JoinError> {
    let name = spawn(async { std::thread::current().name().map(String::from) }).await?;
    assert!(name.unwrap().starts_with("attribute-"));
    Ok(())
}

#[zokio_std::test(timers = StoreChoice::Heap, virtual_time = true)]
async fn timers_in_a_heap() {
    let begin = now();
    sleep(Duration::from_nanos(1_000_001)).await;
    // A wheel would be late by some of its ticks of 1024 ns.
    assert_eq!(now() - begin, Duration::from_nanos(1_000_001));
}

#[zokio_std::test(virtual_time = true)]
#[should_panic = "after a year"]
async fn a_year() {
    let begin = now();
    sleep(Duration::from_secs(365 * 24 * 3600)).await;
    assert!(now() - begin < Duration::from_secs(1), "after a year");
}

#[zokio_std::main(workers = 1)]
async fn main() -> Result<u32, std::num::ParseIntError> {
    let number: u32 = "17".parse()?;
    Ok(spawn(async move { number + 1 }).await.unwrap_or(0))
}

#[test]
fn a_main_function() {
    assert_eq!(main(), Ok(18));
}
