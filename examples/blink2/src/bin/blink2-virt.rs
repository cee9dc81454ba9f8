//! Two lights on QEMU virt.
fn main() {}
