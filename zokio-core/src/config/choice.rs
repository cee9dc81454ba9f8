//! The parts that a configuration chooses among.

use crate::platform::Drivers;
use core::fmt;

/// A driver, as a configuration names it.
///
/// ```
/// use zokio_core::config::DriverChoice;
/// assert_eq!(DriverChoice::Uring.to_string(), "io_uring");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DriverChoice {
    /// The best that the machine has.
    Auto,
    /// Stops the core until an interrupt: boards.
    Idle,
    /// Linux, completions of a ring.
    Uring,
    /// Linux, readiness.
    Epoll,
    /// BSD and Apple.
    Kqueue,
    /// Windows.
    Iocp,
    /// WASI preview 1.
    PollOneoff,
    /// The program's own.
    Custom,
}

impl DriverChoice {
    /// The best of a set of candidates.
    pub const fn best_of(candidates: Drivers) -> Self {
        let in_order = [Self::Uring, Self::Epoll, Self::Kqueue, Self::Iocp, Self::PollOneoff, Self::Idle, Self::Custom];
        let mut at = 0;
        while at < in_order.len() - 1 {
            if candidates.contains(in_order[at].as_set()) {
                return in_order[at];
            }
            at += 1;
        }
        Self::Custom
    }

    /// The set of it alone; nothing for [`Auto`](Self::Auto).
    pub const fn as_set(self) -> Drivers {
        match self {
            Self::Auto => Drivers::NONE,
            Self::Idle => Drivers::IDLE,
            Self::Uring => Drivers::URING,
            Self::Epoll => Drivers::EPOLL,
            Self::Kqueue => Drivers::KQUEUE,
            Self::Iocp => Drivers::IOCP,
            Self::PollOneoff => Drivers::POLL_ONEOFF,
            Self::Custom => Drivers::CUSTOM,
        }
    }

    /// Whether it carries I/O operations.
    pub(crate) const fn has_operations(self) -> bool {
        !matches!(self, Self::Auto | Self::Idle | Self::Custom)
    }
}

macro_rules! names {
    ($type:ident { $($choice:ident = $name:literal),+ }) => {
        impl $type {
            /// What reports call it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$choice => $name,)+
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

names!(DriverChoice {
    Auto = "auto", Idle = "interrupts and idle", Uring = "io_uring", Epoll = "epoll", Kqueue = "kqueue", Iocp = "IOCP",
    PollOneoff = "poll_oneoff", Custom = "custom"
});

/// How waiting timers are kept; see [`time`](crate::time).
///
/// ```
/// use zokio_core::config::StoreChoice;
/// assert_eq!(StoreChoice::Wheel.to_string(), "Wheel");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum StoreChoice {
    /// [`SortedList`](crate::time::SortedList): the least memory and code, for up to eight timers.
    SortedList = 0,
    /// [`Heap`](crate::time::Heap): any number, on a board.
    Heap = 1,
    /// [`Wheel`](crate::time::Wheel): any number, on a server.
    Wheel = 2,
}

names!(StoreChoice { SortedList = "SortedList", Heap = "Heap", Wheel = "Wheel" });

/// Which of the ready tasks is next.
///
/// ```
/// use zokio_core::config::StrategyChoice;
/// assert_eq!(StrategyChoice::Fifo.to_string(), "Fifo");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum StrategyChoice {
    /// [`Fifo`](crate::executor::Fifo): the one that was woken first.
    Fifo = 0,
    /// [`Priority`](crate::executor::Priority): the most urgent, among the levels of
    /// [`Config::strategy_room`](super::Config::strategy_room).
    Priority = 1,
    /// [`Deadline`](crate::executor::Deadline): the one that is due first, among at most
    /// [`Config::strategy_room`](super::Config::strategy_room) that have deadlines.
    Deadline = 2,
    /// For several workers: a worker's own tasks first. What [`Fifo`](Self::Fifo) means for several, too.
    LocalFirst = 3,
    /// For several workers: first what comes from outside.
    GlobalFirst = 4,
    /// For several workers: in turn what is a worker's own and what comes from outside.
    RoundRobin = 5,
}

impl StrategyChoice {
    /// Whether it chooses for so many workers.
    pub const fn is_for(self, workers: usize) -> bool {
        match self {
            Self::Fifo => true,
            Self::Priority | Self::Deadline => workers == 1,
            Self::LocalFirst | Self::GlobalFirst | Self::RoundRobin => workers > 1,
        }
    }
}

names!(StrategyChoice {
    Fifo = "Fifo", Priority = "Priority", Deadline = "Deadline", LocalFirst = "LocalFirst", GlobalFirst = "GlobalFirst",
    RoundRobin = "RoundRobin"
});

/// How memory for data is given out; see [`memory`](crate::memory).
///
/// ```
/// use zokio_core::config::MemoryChoice;
/// assert_eq!(MemoryChoice::General.to_string(), "General");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum MemoryChoice {
    /// Not at all.
    None = 0,
    /// [`Arena`](crate::memory::Arena): one behind the other; all of it is free again when nothing is in use.
    Arena = 1,
    /// [`FixedBuffer`](crate::memory::FixedBuffer): as a stack; the last one out can be given back.
    FixedBuffer = 2,
    /// [`General`](crate::memory::General): in any order.
    General = 3,
    /// [`StackFallback`](crate::memory::StackFallback): from a small buffer first, then as [`General`](Self::General).
    StackFallback = 4,
    /// [`Adaptive`](crate::memory::Adaptive): the small from one part and the large from another, the bound between them
    /// moving with the load.
    Adaptive = 5,
}

names!(MemoryChoice {
    None = "none", Arena = "Arena", FixedBuffer = "FixedBuffer", General = "General", StackFallback = "StackFallback",
    Adaptive = "Adaptive"
});
