//! The UARTs on the boards known here, for [`zokio_board::uart::Uart`].

mod ns16550;
mod sifive;

pub use ns16550::{Ns16550, Ns16550Place};
pub use sifive::{SiFive, SiFivePlace};

zokio_board::named! {
    [T, const BAUD: u32] Ns16550<T, BAUD> = "Ns16550";
    [T, const BAUD: u32] SiFive<T, BAUD> = "SiFive";
}
