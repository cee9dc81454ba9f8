//! The sweep on QEMU's mps2-an385: Armv7-M, exclusive loads and stores.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    zokio_sweep::swept_by_cmsdk_timers!("mps2-an385", mps2_an385, 0x4000_0000, 8);
}
