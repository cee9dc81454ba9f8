//! The macro that makes types of a configuration.

/// A runtime from a [`Config`](crate::config::Config): a module with its types and its statics.
///
/// The names of [`config`](crate::config) are known inside. What the module has:
///
/// | item | what it is |
/// |---|---|
/// | `CONFIG`, `CAPABILITIES`, `REPORT` | the configuration, the [machine](crate::platform::PlatformCapabilities), the [report](crate::report::Report): constants |
/// | `executor()` | starts the clock and the driver; the [`Executor`](crate::executor::Executor), ready to run. Once |
/// | `Executor`, `Clock`, `Store`, `Strategy` | the types that were chosen |
/// | `TASKS` | the [`TaskArena`](crate::task::TaskArena), if `Config::tasks` asked for one |
/// | `MEMORY` | the [memory strategy](crate::memory), if `Config::memory` asked for one |
/// | `Queue<T>` | an [`Mpmc`](crate::queue::Mpmc) queue of the configured capacity |
///
/// A configuration that cannot work on the machine, or a runtime that takes more than
/// [`ram_limit`](crate::config::Config::ram_limit), does not compile. Nothing is left of the configuration in the program:
/// it costs what the same parts cost when they are written out.
///
/// ```
/// # mod simulator {
/// #     use zokio_core::{config::{Config, DriverChoice, Machine}, driver::{Driver, Unpark, Wait}, time::Instant};
/// #     use core::{convert::Infallible, sync::atomic::{AtomicU64, Ordering::Relaxed}};
/// #     static NOW: AtomicU64 = AtomicU64::new(0);
/// #     #[derive(Clone)] pub struct Nobody;
/// #     impl Unpark for Nobody { fn unpark(&self) {} }
/// #     pub struct Simulator;
/// #     impl Driver for Simulator {
/// #         type Unparker = Nobody;
/// #         type Error = Infallible;
/// #         fn now(&self) -> Instant { Instant::from_nanos(NOW.load(Relaxed)) }
/// #         fn unparker(&self) -> Nobody { Nobody }
/// #         fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
/// #             if let Wait::Until(at) = wait { NOW.fetch_max(at.as_nanos(), Relaxed); }
/// #             Ok(())
/// #         }
/// #     }
/// #     impl Machine for Simulator {
/// #         type Time = ();
/// #         type Driver = Self;
/// #         type Error = Infallible;
/// #         const DRIVER: DriverChoice = DriverChoice::Custom;
/// #         fn time() {}
/// #         fn now((): &()) -> Instant { Instant::from_nanos(NOW.load(Relaxed)) }
/// #         fn driver((): (), _: &Config) -> Result<Self, Infallible> { Ok(Self) }
/// #     }
/// # }
/// # fn main() {
/// use core::time::Duration;
/// use zokio_core::time::Clock as _;
///
/// zokio_core::runtime! {
///     /// Four small tasks and a kilobyte for their data.
///     mod runtime {
///         machine: simulator::Simulator,
///         config: Config::new()
///             .driver(DriverChoice::Custom)
///             .store(StoreChoice::Heap)
///             .tasks(4, 64)
///             .memory(MemoryChoice::General, 1024)
///             .ram_limit(4096),
///     }
/// }
///
/// // A program can hold itself to more.
/// const _: () = assert!(runtime::REPORT.ram_bytes <= 2048);
///
/// let Ok(mut executor) = runtime::executor();
/// let clock = executor.clock();
/// let task = runtime::TASKS.task(async move {
///     clock.sleep(Duration::from_millis(5)).await;
///     clock.now_millis()
/// });
/// # trait NowMillis { fn now_millis(&self) -> u64; }
/// # impl NowMillis for runtime::Clock { fn now_millis(&self) -> u64 { zokio_core::time::Clock::now(self).as_nanos() / 1_000_000 } }
/// let handle = executor.spawner().spawn(task).unwrap();
/// assert_eq!(executor.block_on(handle.into_future()).unwrap(), Ok(5));
/// println!("{}", runtime::REPORT);
/// # }
/// ```
#[macro_export]
macro_rules! runtime {
    (
        $(#[$meta:meta])*
        $visibility:vis mod $name:ident {
            machine: $machine:ty,
            config: $config:expr $(,)?
        }
    ) => {
        $(#[$meta])*
        #[allow(dead_code)]
        $visibility mod $name {
            #[allow(unused_imports)]
            use super::*;
            #[allow(unused_imports)]
            use $crate::config::{Config, DriverChoice, MemoryChoice, StoreChoice, StrategyChoice};
            use $crate::config::raw::{Chosen, SelectMemory, SelectStore, SelectStrategy, SelectTasks};

            /// What was decided.
            pub const CONFIG: $crate::config::Config =
                $crate::config::Config::on::<Machine>($config);
            /// What was known of the machine.
            pub const CAPABILITIES: $crate::platform::PlatformCapabilities = <Machine as $crate::config::Machine>::CAPABILITIES;
            const _: () = CONFIG.validate_machine::<Machine>();

            type Machine = $machine;
            /// What the executor parks on.
            pub type Driver = <Machine as $crate::config::Machine>::Driver;
            /// How timers are kept.
            pub type Store = <Chosen<{ CONFIG.store as u8 }> as SelectStore>::Store;
            type StrategyChosen = Chosen<{ CONFIG.strategy as u8 }>;
            /// Which of the ready tasks is next.
            pub type Strategy = <StrategyChosen as SelectStrategy<{ CONFIG.strategy_room }>>::Strategy;
            /// The loop.
            pub type Executor = $crate::executor::Executor<Driver, Clock, Strategy>;
            /// A queue of the configured capacity.
            pub type Queue<T> = $crate::queue::Mpmc<T, { CONFIG.queue }>;

            type TasksChosen = Chosen<{ (CONFIG.task_slots > 0) as u8 }>;
            type Tasks = <TasksChosen as SelectTasks<{ CONFIG.task_slots }, { CONFIG.task_bytes }>>::Tasks;
            type MemoryChosen = Chosen<{ CONFIG.memory as u8 }>;
            type Memory = <MemoryChosen as SelectMemory<
                { CONFIG.memory_bytes },
                { CONFIG.memory_first },
                { CONFIG.memory_bytes.saturating_sub(CONFIG.memory_first) },
                { CONFIG.max_allocation },
            >>::Memory;
            type Ready = $crate::executor::Ready<<Driver as $crate::driver::Driver>::Unparker>;

            static READY: Ready = $crate::executor::Ready::new();
            static TIMERS: $crate::time::Timers<Store> = $crate::time::Timers::new();
            /// Room for tasks that no `#[task]` function names.
            pub static TASKS: Tasks =
                <TasksChosen as SelectTasks<{ CONFIG.task_slots }, { CONFIG.task_bytes }>>::EMPTY;
            /// Memory for data.
            pub static MEMORY: Memory = <MemoryChosen as SelectMemory<
                { CONFIG.memory_bytes },
                { CONFIG.memory_first },
                { CONFIG.memory_bytes.saturating_sub(CONFIG.memory_first) },
                { CONFIG.max_allocation },
            >>::EMPTY;

            /// What it comes to.
            pub const REPORT: $crate::report::Report = $crate::report::Report::new(
                &CONFIG,
                &CAPABILITIES,
                &$crate::report::Sizes::of::<Store>()
                    .executor(size_of::<Executor>())
                    .clock(size_of::<Clock>())
                    .ready(size_of::<Ready>())
                    .tasks(
                        size_of::<Tasks>(),
                        <TasksChosen as SelectTasks<{ CONFIG.task_slots }, { CONFIG.task_bytes }>>::SLOT,
                    )
                    .memory(
                        size_of::<Memory>(),
                        <MemoryChosen as SelectMemory<
                            { CONFIG.memory_bytes },
                            { CONFIG.memory_first },
                            { CONFIG.memory_bytes.saturating_sub(CONFIG.memory_first) },
                            { CONFIG.max_allocation },
                        >>::LARGEST,
                    ),
            );
            const _: () = CONFIG.validate_ram(REPORT.ram_bytes);

            /// The machine's time, and the timers that wait for it.
            #[derive(Clone, Copy)]
            pub struct Clock(<Machine as $crate::config::Machine>::Time);

            // SAFETY: "one store": always the one static.
            unsafe impl $crate::time::Clock for Clock {
                type Store = Store;

                #[inline]
                fn now(&self) -> $crate::time::Instant {
                    <Machine as $crate::config::Machine>::now(&self.0)
                }

                #[inline]
                fn timers(&self) -> &$crate::time::Timers<Store> {
                    &TIMERS
                }
            }

            /// Starts the clock and the driver; the executor over them.
            ///
            /// # Errors
            /// Why there is no driver. Can be called again then.
            ///
            /// # Panics
            /// If there is an executor already.
            #[inline]
            pub fn executor() -> ::core::result::Result<Executor, <Machine as $crate::config::Machine>::Error> {
                let time = <Machine as $crate::config::Machine>::time();
                let driver = <Machine as $crate::config::Machine>::driver(time, &CONFIG)?;
                let strategy = <StrategyChosen as SelectStrategy<{ CONFIG.strategy_room }>>::EMPTY;
                let mut executor = $crate::executor::Executor::ordered(&READY, driver, Clock(time), strategy);
                executor.set_budget(CONFIG.budget);
                <Machine as $crate::config::Machine>::started();
                ::core::result::Result::Ok(executor)
            }
        }
    };
}
