//! Ethernet controllers on the boards known here, as `embassy-net` wants them.
//!
//! `embassy-net` also needs a time driver: `zokio-embassy-time`. `examples/kv-ethernet` shows both.
//!
//! | file | what is in it |
//! |---|---|
//! | `device.rs` | the driver, whatever the controller: frames, wakers, interrupt |
//! | `stellaris.rs`, `lan9118.rs` | the registers of each |

mod device;
mod lan9118;
mod stellaris;

pub use device::{Controller, Device, Ethernet, Incoming, Outgoing, Registers};
pub use lan9118::Lan9118Registers;
pub use stellaris::StellarisRegisters;

/// The Ethernet controller of a Stellaris chip. The board's module opens it, see `boards::lm3s6965evb::ethernet`.
pub type Stellaris = Ethernet<StellarisRegisters>;
/// The driver of a [`Stellaris`] controller, for `embassy_net::new`.
pub type StellarisDevice = Device<StellarisRegisters>;

/// A LAN9118, or a LAN9220 and others that are like it. The board's module opens it, see `boards::mps2_an385::ethernet`.
pub type Lan9118 = Ethernet<Lan9118Registers>;
/// The driver of a [`Lan9118`], for `embassy_net::new`.
pub type Lan9118Device = Device<Lan9118Registers>;

zokio_board::named! {
    [] StellarisRegisters = "StellarisRegisters";
    [] Lan9118Registers = "Lan9118Registers";
    [C] Ethernet<C> = "Ethernet";
    [C] Device<C> = "Device";
    [C] Incoming<'_, C> = "Incoming";
    [C] Outgoing<'_, C> = "Outgoing";
}
