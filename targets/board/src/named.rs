//! `Debug`, and defmt's `Format`, of types that have nothing to tell but what they are.

use crate::spi::{Spi, SpiBus};
use crate::uart::{Uart, UartIo, UartReader, UartWriter};
use crate::{Chip, Idle, Laps, Level, Pend, Pended, Pending};
use zokio_core::{named, time::Clock};

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
