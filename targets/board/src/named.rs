//! `Debug`, and defmt's `Format`, of types that have nothing to tell but what they are.

/// Implements both for types of the crate that it is used in, which has the feature `defmt` and the crate.
#[doc(hidden)]
#[macro_export]
macro_rules! named {
    ($([$($generics:tt)*] $type:ty = $name:literal;)+) => {
        $(
            impl<$($generics)*> core::fmt::Debug for $type {
                fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.write_str($name)
                }
            }

            #[cfg(feature = "defmt")]
            impl<$($generics)*> defmt::Format for $type {
                fn format(&self, f: defmt::Formatter<'_>) {
                    defmt::write!(f, $name)
                }
            }
        )+
    };
}

use crate::spi::{Spi, SpiBus};
use crate::uart::{Uart, UartIo, UartReader, UartWriter};
use crate::{Chip, Idle, Laps, Level, Pend, Pended, Pending};
use zokio_core::time::Clock;

named! {
    [C] Idle<C> = "Idle";
    [] Laps = "Laps";
    [I: Pend, C: Chip, K: Clock] Level<I, C, K> = "Level";
    [I, C] Pended<I, C> = "Pended";
    [I] Pending<I> = "Pending";
    [P] Spi<P> = "Spi";
    [P] SpiBus<P> = "SpiBus";
    [P, const RX: usize, const TX: usize] Uart<P, RX, TX> = "Uart";
    [const RX: usize, const TX: usize] UartIo<RX, TX> = "UartIo";
    [const RX: usize, const TX: usize] UartReader<RX, TX> = "UartReader";
    [const RX: usize, const TX: usize] UartWriter<RX, TX> = "UartWriter";
}
