//! Links each program for its board, and the one that writes with defmt with defmt's table of strings.

fn main() {
    zokio_link::programs(&[("events", "lm3s6965evb"), ("events-defmt", "lm3s6965evb")]);
    let feature = |name: &str| std::env::var_os(format!("CARGO_FEATURE_{name}")).is_some();
    if feature("DEFMT") && std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "none") {
        println!("cargo::rustc-link-arg-bin=events-defmt=-Tdefmt.x");
    }
}
