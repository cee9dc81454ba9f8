// A board, as the compiler for one would see it.
use zokio_core::config::{Config, DriverChoice, Machine};
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::platform::{Os, PlatformCapabilities};
use zokio_core::time::Instant;

#[derive(Clone)]
pub struct Token;

impl Unpark for Token {
    fn unpark(&self) {}
}

pub struct Idle;

impl Driver for Idle {
    type Unparker = Token;
    type Error = core::convert::Infallible;
    fn now(&self) -> Instant {
        Instant::ZERO
    }
    fn unparker(&self) -> Token {
        Token
    }
    fn park(&mut self, _: Wait) -> Result<(), Self::Error> {
        Ok(())
    }
}

pub struct Board;

impl Machine for Board {
    type Time = ();
    type Driver = Idle;
    type Error = core::convert::Infallible;
    const DRIVER: DriverChoice = DriverChoice::Idle;
    const CAPABILITIES: PlatformCapabilities = {
        let mut board = PlatformCapabilities::TARGET;
        board.os = Os::None;
        board.drivers = Os::None.drivers();
        board.threads = false;
        board
    };
    fn time() {}
    fn now((): &()) -> Instant {
        Instant::ZERO
    }
    fn driver((): (), _: &Config) -> Result<Idle, Self::Error> {
        Ok(Idle)
    }
}
