//! The module as a machine that a runtime can be configured for.

use crate::global::{PLACES, reactor};
use crate::p1::{Reactor, Wasi};
use core::convert::Infallible;
use zokio_core::config::{Config, DriverChoice, Machine};
use zokio_core::time::Instant;

/// A WASI preview 1 module, for [`runtime!`](zokio_core::runtime), instead of [`block_on`](crate::block_on).
///
/// The standard streams ([`stdin`](crate::stdin) and the others) wait on the same driver and work on it.
pub struct Module;

impl Machine for Module {
    type Time = ();
    type Driver = &'static Reactor<Wasi, PLACES>;
    type Error = Infallible;
    const DRIVER: DriverChoice = DriverChoice::PollOneoff;

    fn time() {}

    fn now((): &()) -> Instant {
        reactor().now()
    }

    fn driver((): (), _: &Config) -> Result<Self::Driver, Infallible> {
        Ok(reactor())
    }
}
