//! Every public type in the crates of boards has a `Debug` for people and a `Format` for defmt: held by reading the sources, since
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

/// The names of the public types in `source`, and whether each has a `Debug` and a `Format`: derived, by hand, or by `named!`,
/// which is somewhere in `all`.
fn types<'a>(source: &'a str, all: &str) -> Vec<(&'a str, bool)> {
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let (mut found, mut attributes) = (Vec::new(), Vec::new());
    for line in lines {
        let item = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "));
        if line.starts_with("#[") {
            attributes.push(line);
            continue;
        }
        if let Some(item) = item {
            let name = item.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            let debug = attributes.iter().any(|line| line.starts_with("#[derive(") && line.contains("Debug"));
            let derived = attributes.contains(&r#"#[cfg_attr(feature = "defmt", derive(defmt::Format))]"#);
            let by_hand = source.contains(&format!("defmt::Format for {name}"));
            let named = all.contains(&format!(r#" = "{name}";"#));
            found.push((name, named || (debug && (derived || by_hand))));
        }
        attributes.clear();
    }
    found
}

#[test]
fn every_public_type_has_debug_and_format() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (name, least) in [("board", 17), ("cortex-m", 20), ("riscv", 10)] {
        let mut files = Vec::new();
        sources(&crates.join(name).join("src"), &mut files);
        let mut checked = 0;
        let read: Vec<_> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        let all = read.concat();
        for (file, source) in files.iter().zip(&read) {
            for (name, has) in types(source, &all) {
                assert!(has, "{}: `{name}` has no Debug or no defmt::Format", file.display());
                checked += 1;
            }
        }
        assert!(checked >= least, "only {checked} types were found in {name}: this test does not see them");
    }
}

#[test]
fn it_sees_one_that_has_none() {
    let bare = "#[derive(Clone, Debug)]\npub struct Bare(u8);";
    assert_eq!(types(bare, bare), [("Bare", false)]);
    assert_eq!(types(bare, "[] Bare = \"Bare\";"), [("Bare", true)]);
}
