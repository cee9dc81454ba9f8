//! A button is debounced: a press counts when the pin has been low for ten milliseconds.

use core::cell::Cell;
use core::convert::Infallible;
use core::time::Duration;
use critical_section::Mutex;
use embedded_hal::digital::{ErrorType, InputPin};
use embedded_hal_async::digital::Wait;
use zokio_core::sync::Notify;
use zokio_core::time::Clock;

/// How long a pin must keep its level to be believed.
const STEADY: Duration = Duration::from_millis(10);

/// Waits for the next press of the button at `pin`, which pulls it low, and for its release; tells how long it was held.
///
/// # Errors
/// The pin's.
pub async fn press<P: Wait + InputPin>(pin: &mut P, clock: impl Clock) -> Result<Duration, P::Error> {
    loop {
        pin.wait_for_low().await?;
        let start = clock.now();
        if steady(pin, clock, true).await? {
            loop {
                pin.wait_for_high().await?;
                let end = clock.now();
                if steady(pin, clock, false).await? {
                    return Ok(Duration::from_nanos(end.nanos_since(start)));
                }
            }
        }
    }
}

/// Whether the pin keeps its level for long enough.
async fn steady<P: Wait + InputPin>(pin: &mut P, clock: impl Clock, low: bool) -> Result<bool, P::Error> {
    match clock.timeout(STEADY, pin.wait_for_any_edge()).await {
        Ok(edge) => edge.map(|()| false),
        Err(_timed_out) => pin.is_low().map(|is_low| is_low == low),
    }
}

/// A pin whose level the program sets itself, where the emulator has no button. A board's own driver for pins takes its
/// place.
pub struct WiredPin {
    high: Mutex<Cell<bool>>,
    changed: Notify,
}

impl WiredPin {
    /// A pin that is pulled high.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { high: Mutex::new(Cell::new(true)), changed: Notify::new() }
    }

    /// What a pin's interrupt handler sees.
    pub fn set(&self, high: bool) {
        if critical_section::with(|cs| self.high.borrow(cs).replace(high)) != high {
            self.changed.notify_all();
        }
    }

    fn is_high(&self) -> bool {
        critical_section::with(|cs| self.high.borrow(cs).get())
    }

    /// Somebody presses the button for `held`; contacts bounce at both ends.
    pub async fn bounce(&self, clock: impl Clock, held: Duration) {
        for high in [false, true] {
            for _ in 0..4 {
                self.set(high);
                clock.sleep(Duration::from_millis(1)).await;
                self.set(!high);
                clock.sleep(Duration::from_millis(2)).await;
            }
            self.set(high);
            clock.sleep(held).await;
        }
    }
}

/// The program's side of a [`WiredPin`].
pub struct Pin<'a>(pub &'a WiredPin);

impl ErrorType for Pin<'_> {
    type Error = Infallible;
}

impl InputPin for Pin<'_> {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.is_high())
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.0.is_high())
    }
}

impl Pin<'_> {
    /// Tasks of one executor do not interrupt each other, so nothing changes between the look and the wait.
    async fn level(&self, high: bool) {
        while self.0.is_high() != high {
            self.0.changed.notified().await;
        }
    }
}

impl Wait for Pin<'_> {
    async fn wait_for_high(&mut self) -> Result<(), Infallible> {
        self.level(true).await;
        Ok(())
    }

    async fn wait_for_low(&mut self) -> Result<(), Infallible> {
        self.level(false).await;
        Ok(())
    }

    async fn wait_for_rising_edge(&mut self) -> Result<(), Infallible> {
        self.level(false).await;
        self.level(true).await;
        Ok(())
    }

    async fn wait_for_falling_edge(&mut self) -> Result<(), Infallible> {
        self.level(true).await;
        self.level(false).await;
        Ok(())
    }

    async fn wait_for_any_edge(&mut self) -> Result<(), Infallible> {
        self.level(!self.0.is_high()).await;
        Ok(())
    }
}
