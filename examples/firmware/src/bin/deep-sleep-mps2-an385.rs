//! Deep sleep on the MPS2, over its dual timer of 32 bits: a lap of 171 s.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    firmware::deep_sleep! { mps2_an385 }
}
