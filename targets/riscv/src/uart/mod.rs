//! The UARTs on the boards known here, for [`zokio_board::uart::Uart`].

mod ns16550;

pub use ns16550::{Ns16550, Ns16550Place};
