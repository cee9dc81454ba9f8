//! The program as a WASI module.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "wasi")]
configured::configured! {
    machine: zokio_wasi::Module,
    config: Config::new().deadline(4).store(StoreChoice::Heap).tasks(4, 128).memory(MemoryChoice::FixedBuffer, 2048).ram_limit(8192),
    print: println,
}

#[cfg(target_os = "wasi")]
fn main() {
    let Ok(()) = report();
}

#[cfg(not(any(target_os = "wasi", target_os = "none")))]
fn main() {}
