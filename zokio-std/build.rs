//! Tells the sources which drivers this system has, so that each says so in one word.
//!
//! `ZOKIO_LIBKQUEUE` names a folder with libkqueue, for tests: then a build for Linux has the kqueue driver, too.

use std::env;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(has_epoll)\ncargo::rustc-check-cfg=cfg(has_kqueue)");
    println!("cargo::rustc-check-cfg=cfg(has_iocp)");
    println!("cargo::rustc-check-cfg=cfg(zokio_libkqueue)");
    println!("cargo::rerun-if-env-changed=ZOKIO_LIBKQUEUE\ncargo::rerun-if-changed=build.rs");
    let os = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    match (os.as_str(), env::var("ZOKIO_LIBKQUEUE")) {
        ("linux", Ok(folder)) => {
            println!("cargo::rustc-cfg=has_epoll\ncargo::rustc-cfg=has_kqueue\ncargo::rustc-cfg=zokio_libkqueue");
            println!("cargo::rustc-link-search=native={folder}");
        }
        ("linux", Err(_)) => println!("cargo::rustc-cfg=has_epoll"),
        ("macos" | "ios" | "tvos" | "watchos" | "visionos" | "freebsd" | "dragonfly" | "netbsd" | "openbsd", _) => {
            println!("cargo::rustc-cfg=has_kqueue");
        }
        ("windows", _) => println!("cargo::rustc-cfg=has_iocp"),
        _ => {}
    }
}
