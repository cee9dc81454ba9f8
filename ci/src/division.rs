//! Whether an image divides in 64 bits, which a 32-bit core does in hundreds of instructions and a kilobyte of code.

use crate::problem::{Context, Problem, Result};
use object::{Object, ObjectSymbol};
use std::path::Path;

/// The compiler's functions for it, on Arm and on RISC-V.
const FUNCTIONS: &[&str] = &[
    "__aeabi_uldivmod",
    "__aeabi_ldivmod",
    "__udivmoddi4",
    "__udivdi3",
    "__umoddi3",
    "__divdi3",
    "__moddi3",
    "__divmoddi4",
];

/// The functions for 64-bit division in the image at `path`.
pub fn of(path: &Path) -> Result<Vec<&'static str>> {
    let image = std::fs::read(path).doing(format_args!("reading {}", path.display()))?;
    let file = object::File::parse(&*image).map_err(|error| Problem::new(format!("{}: {error}", path.display())))?;
    Ok(among(file.symbols().filter_map(|symbol| symbol.name().ok())))
}

fn among<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'static str> {
    let names: Vec<_> = names.collect();
    FUNCTIONS.iter().copied().filter(|function| names.contains(function)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_are_found_by_name() {
        assert_eq!(among(["main", "__aeabi_uldivmod", "__aeabi_uidiv"].into_iter()), ["__aeabi_uldivmod"]);
        assert!(among(["main", "__aeabi_uidiv"].into_iter()).is_empty());
    }
}
