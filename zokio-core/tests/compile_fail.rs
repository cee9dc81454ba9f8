//! What must not compile does not, and says why.

#[test]
fn what_must_not_compile() {
    let cases = trybuild::TestCases::new();
    // One that passes makes the others be built, not only checked: some errors appear when code is generated.
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/*.rs");
    // Their messages tell sizes, which are other ones with another lock. `cargo test --workspace` has the feature.
    if cfg!(feature = "std") {
        cases.compile_fail("tests/ui/with_std/*.rs");
    }
}
