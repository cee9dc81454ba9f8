//! What has a `Debug` for people has a `Format` for defmt, in each of the crates of boards: held by reading the sources, since
//! most of them compile for no host.
#![cfg(not(target_os = "none"))]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        match entry.unwrap().path() {
            path if path.is_dir() => sources(&path, found),
            path if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            _ => {}
        }
    }
}

/// The names of the public types in `source` that derive `Debug`, and whether each has a `Format`.
fn types(source: &str) -> Vec<(&str, bool)> {
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let (mut found, mut attributes) = (Vec::new(), Vec::new());
    for line in lines {
        let item = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "));
        if line.starts_with("#[") {
            attributes.push(line);
            continue;
        }
        if let Some(item) = item
            && attributes.iter().any(|line| line.starts_with("#[derive(") && line.contains("Debug"))
        {
            let name = item.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            let derived = attributes.contains(&r#"#[cfg_attr(feature = "defmt", derive(defmt::Format))]"#);
            let by_hand = source.contains(&format!("defmt::Format for {name}"));
            found.push((name, derived || by_hand));
        }
        attributes.clear();
    }
    found
}

#[test]
fn what_has_debug_has_format() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (name, least) in [("board", 8), ("cortex-m", 4), ("riscv", 5)] {
        let mut files = Vec::new();
        sources(&crates.join(name).join("src"), &mut files);
        let mut checked = 0;
        for file in files {
            for (name, has) in types(&fs::read_to_string(&file).unwrap()) {
                assert!(has, "{}: `{name}` has a Debug and no defmt::Format", file.display());
                checked += 1;
            }
        }
        assert!(checked >= least, "only {checked} types were found in {name}: this test does not see them");
    }
}

#[test]
fn it_sees_one_that_has_none() {
    assert_eq!(types("#[derive(Clone, Debug)]\npub struct Bare(u8);"), [("Bare", false)]);
}
