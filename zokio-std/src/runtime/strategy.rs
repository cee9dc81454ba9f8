//! Strategies: in which order a worker looks for work, and where new tasks go.

mod sealed {
    pub trait Sealed {
        #[doc(hidden)]
        const PLAN: super::Plan;
    }
}
pub(super) use sealed::Sealed;

/// What a strategy decides.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Plan {
    /// Every how many polls a worker looks at the injector before its own queue.
    pub(super) global_every: u32,
    /// Whether a task that is woken by the one that runs goes next.
    pub(super) lifo: bool,
    /// Whether new tasks go to the injector, for whoever comes first.
    pub(super) spawn_global: bool,
}

impl Default for Plan {
    fn default() -> Self {
        LocalFirst::PLAN
    }
}

/// How the workers of a runtime choose what to run next; given to [`Builder::strategy`](crate::Builder::strategy). Sealed.
pub trait Strategy: Sealed {}

/// A worker's own tasks first, and the one that was woken last before them: what they need is in the cache. What comes from
/// outside waits for at most 61 polls. The default.
///
/// ```
/// # use zokio_std::{LocalFirst, Runtime};
/// let runtime = Runtime::builder().workers(2).strategy::<LocalFirst>().build()?;
/// # drop(runtime); std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LocalFirst;

/// What comes from outside first, and new tasks to whoever comes first: for work that arrives in bursts.
///
/// ```
/// # use zokio_std::{GlobalFirst, Runtime};
/// let runtime = Runtime::builder().workers(2).strategy::<GlobalFirst>().build()?;
/// # drop(runtime); std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GlobalFirst;

/// In turn from the worker's own queue and from what comes from outside, oldest first, with no short cut for the task that
/// was woken last: for even latencies.
///
/// ```
/// # use zokio_std::{RoundRobin, Runtime};
/// let runtime = Runtime::builder().workers(2).strategy::<RoundRobin>().build()?;
/// # drop(runtime); std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RoundRobin;

impl Sealed for LocalFirst {
    const PLAN: Plan = Plan { global_every: 61, lifo: true, spawn_global: false };
}
impl Sealed for GlobalFirst {
    const PLAN: Plan = Plan { global_every: 1, lifo: true, spawn_global: true };
}
impl Sealed for RoundRobin {
    const PLAN: Plan = Plan { global_every: 2, lifo: false, spawn_global: true };
}
impl Strategy for LocalFirst {}
impl Strategy for GlobalFirst {}
impl Strategy for RoundRobin {}
