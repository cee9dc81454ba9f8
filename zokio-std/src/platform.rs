//! What the running system adds to what the compiler knows of it.

#[cfg(has_epoll)]
use crate::driver::uring_found;
use std::path::Path;
use std::sync::OnceLock;
use zokio_core::platform::PlatformCapabilities;

/// The machine as it is: what was known at compile time, and the processors that this process may use, the NUMA nodes that
/// have memory, and what io_uring can do here, if it may be used at all.
///
/// Looks once, at its first call, which makes and closes a small ring. Where a question has no answer its field stays `None`.
///
/// ```
/// use zokio_core::config::{Config, DriverChoice};
/// use zokio_core::platform::Drivers;
///
/// let here = zokio_std::platform();
/// assert!(here.processors.is_some_and(|count| count > 0) && here.io_uring.is_some());
/// // Where io_uring is forbidden it is no candidate.
/// let best = Config::new().driver_on(&here);
/// assert_eq!(best == DriverChoice::Uring, here.drivers.contains(Drivers::URING));
/// println!("{here}");
/// ```
pub fn platform() -> PlatformCapabilities {
    static FOUND: OnceLock<PlatformCapabilities> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let mut found = PlatformCapabilities::TARGET;
        #[cfg(has_epoll)]
        {
            found = found.with_io_uring(uring_found());
        }
        if let Ok(count) = std::thread::available_parallelism() {
            found = found.with_processors(u16::try_from(count.get()).unwrap_or(u16::MAX));
        }
        match numa_nodes(Path::new("/sys/devices/system/node/has_memory")) {
            Some(nodes) => found.with_numa_nodes(nodes),
            None => found,
        }
    })
}

/// How many nodes the kernel lists in `file`.
fn numa_nodes(file: &Path) -> Option<u16> {
    count(std::fs::read_to_string(file).ok()?.trim()).filter(|nodes| *nodes > 0)
}

/// How many numbers a list like `0-3,8` has.
fn count(list: &str) -> Option<u16> {
    list.split(',').try_fold(0u16, |sum, range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (first.parse::<u16>().ok()?, last.parse::<u16>().ok()?);
        sum.checked_add(last.checked_sub(first)?)?.checked_add(1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_the_kernel_are_counted() {
        assert_eq!(count("0"), Some(1));
        assert_eq!(count("0-1"), Some(2));
        assert_eq!(count("0-3,8,10-11"), Some(7));
        for wrong in ["", "3-1", "a", "0,", "0-65535"] {
            assert_eq!(count(wrong), None, "{wrong:?}");
        }
        assert_eq!(numa_nodes(Path::new("/nonexistent")), None);
    }
}
