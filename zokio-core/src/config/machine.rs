//! What an adapter brings to a configured runtime.

use super::{Config, DriverChoice};
use crate::driver::Driver;
use crate::platform::PlatformCapabilities;
use crate::time::Instant;

/// A machine that [`runtime!`](crate::runtime) can build a runtime for: a clock and a driver, and how to get them.
///
/// Board crates implement it for each board, `zokio-std` for the system that it runs on.
///
/// ```
/// use zokio_core::config::{Config, DriverChoice, Machine};
/// use zokio_core::driver::{Driver, Unpark, Wait};
/// use zokio_core::time::Instant;
/// # #[derive(Clone)] struct Nobody;
/// # impl Unpark for Nobody { fn unpark(&self) {} }
///
/// /// A machine whose time is counted by hand.
/// struct Simulator;
/// struct Still;
///
/// impl Driver for Still {
///     type Unparker = Nobody;
///     type Error = core::convert::Infallible;
///     fn now(&self) -> Instant { Instant::ZERO }
///     fn unparker(&self) -> Nobody { Nobody }
///     fn park(&mut self, _: Wait) -> Result<(), Self::Error> { Ok(()) }
/// }
///
/// impl Machine for Simulator {
///     type Time = ();
///     type Driver = Still;
///     type Error = core::convert::Infallible;
///     const DRIVER: DriverChoice = DriverChoice::Custom;
///     fn time() {}
///     fn now((): &()) -> Instant { Instant::ZERO }
///     fn driver((): (), _: &Config) -> Result<Still, Self::Error> { Ok(Still) }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no machine that a runtime can be built for",
    label = "not a `zokio_core::config::Machine`",
    note = "board crates have one for each board, as `zokio_cortex_m::boards::NAME::Board`; on a host it is `zokio_std::Host`"
)]
pub trait Machine {
    /// A handle to the hardware's or the system's time: zero-sized on a board.
    type Time: Copy + Send + Sync + 'static;
    /// What the executor parks on.
    type Driver: Driver;
    /// Why there is no driver. [`Infallible`](core::convert::Infallible) on a board.
    type Error;

    /// Which driver it is; [`DriverChoice::Auto`] where the [`Config`] chooses.
    const DRIVER: DriverChoice;
    /// What is known of the machine at compile time.
    const CAPABILITIES: PlatformCapabilities = PlatformCapabilities::TARGET;

    /// Starts the clock, or finds it running.
    fn time() -> Self::Time;

    /// The time now. Never goes backwards.
    fn now(time: &Self::Time) -> Instant;

    /// The driver, over a clock that was started.
    ///
    /// # Errors
    /// What the system reports.
    fn driver(time: Self::Time, config: &Config) -> Result<Self::Driver, Self::Error>;

    /// Called once the executor is there: where interrupts are masked until then, unmasks them.
    #[inline]
    fn started() {}
}
