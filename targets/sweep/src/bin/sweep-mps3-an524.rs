//! The sweep on QEMU's mps3-an524: Armv8-M Mainline, exclusive loads and stores.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    zokio_sweep::swept_by_cmsdk_timers!("mps3-an524", mps3_an524, 0x5000_0000, 3);
}
