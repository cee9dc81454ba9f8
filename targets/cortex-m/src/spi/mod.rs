//! The SPI controllers on the boards known here, for [`zokio_board::spi::Spi`].

mod pl022;

pub use pl022::{Pl022, Pl022Place};

zokio_board::named! {
    [T, const HZ: u32] Pl022<T, HZ> = "Pl022";
}
