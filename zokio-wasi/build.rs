//! Tells the sources what the target has of the crate, so that each says so in one word.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(p1_runtime, p2_runtime, runtime_with_std)");
    let of_target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    // The runtime of a module is a static that only one thread may use, so there is none where there are several.
    let one_thread = !of_target("FEATURE").split(',').any(|feature| feature == "atomics");
    let preview = match (of_target("OS").as_str(), of_target("ENV").as_str()) {
        ("wasi", "p1") if one_thread => "p1",
        ("wasi", "p2") if one_thread => "p2",
        _ => return,
    };
    println!("cargo::rustc-cfg={preview}_runtime");
    if preview == "p2" || env::var_os("CARGO_FEATURE_STD").is_some() {
        println!("cargo::rustc-cfg=runtime_with_std");
    }
}
