//! The UARTs on the boards known here, for [`zokio_board::uart::Uart`].

mod cmsdk;
mod nrf51;
mod pl011;

pub use cmsdk::{Cmsdk, CmsdkPlace};
pub use nrf51::{Nrf51, Nrf51Pins};
pub use pl011::{Pl011, Pl011Place};

use crate::registers::{read, write};

zokio_board::named! {
    [T, const BAUD: u32] Cmsdk<T, BAUD> = "Cmsdk";
    [T, const BAUD: u32] Nrf51<T, BAUD> = "Nrf51";
    [T, const BAUD: u32] Pl011<T, BAUD> = "Pl011";
}
