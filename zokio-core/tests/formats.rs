//! What has a `Debug` for people has a `Format` for defmt, with the feature: held by reading the sources.
#![cfg(not(miri))]

use std::path::{Path, PathBuf};
use syn::{Attribute, Item, Type, Visibility};

/// Public types that nobody logs: they hold wakers, which have no `Format`.
const WITHOUT: &[&str] = &["Slot", "Slots", "Completed", "Orphaned"];

/// What the word `pub` makes public for other modules and crates of this project only, and users never hold: parts of the queues and
/// of timers' stores, what `#[task]` and `runtime!` expand to, and what an observer returns to its executor.
const HIDDEN: &str = "Align AtomicPtr AtomicUsize Batch Body Chained Chosen Clock Due Each Ending Header Inbox Label Links Node Nothing \
                     Part Plain Polled Pool PoolBytes Ran ReadyCore ReadyRef Vtable";

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        match entry.unwrap().path() {
            path if path.is_dir() => sources(&path, found),
            path if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            _ => {}
        }
    }
}

fn tokens(attributes: &[Attribute], name: &str) -> String {
    let lists =
        attributes.iter().filter(|one| one.path().is_ident(name)).filter_map(|one| one.meta.require_list().ok());
    lists.map(|list| list.tokens.to_string()).collect()
}

#[test]
fn what_has_debug_has_format() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let by_hand = std::fs::read_to_string(root.join("formats.rs")).unwrap();
    let (mut files, mut checked) = (Vec::new(), 0);
    sources(&root, &mut files);
    for file in &files {
        for item in syn::parse_file(&std::fs::read_to_string(file).unwrap()).unwrap().items {
            let (name, derived) = match &item {
                Item::Struct(item) if matches!(item.vis, Visibility::Public(_)) => {
                    (item.ident.to_string(), &item.attrs)
                }
                Item::Enum(item) if matches!(item.vis, Visibility::Public(_)) => (item.ident.to_string(), &item.attrs),
                Item::Impl(item) => {
                    let of_debug =
                        item.trait_.as_ref().is_some_and(|(path, _)| path.segments.last().unwrap().ident == "Debug");
                    let Type::Path(path) = &*item.self_ty else { continue };
                    let name = &path.path.segments.last().unwrap().ident;
                    if of_debug {
                        let listed = by_hand.lines().any(|line| line.contains(&format!("] {name}")));
                        assert!(
                            listed,
                            "{}: `{name}` has a Debug of its own; name it in src/formats.rs",
                            file.display()
                        );
                        checked += 1;
                    }
                    continue;
                }
                _ => continue,
            };
            if !tokens(derived, "derive").contains("Debug") || WITHOUT.contains(&name.as_str()) {
                continue;
            }
            let format = tokens(derived, "cfg_attr").contains("defmt :: Format");
            let by_hand = by_hand.contains(&format!("impl Format for {name} "));
            assert!(format || by_hand, "{}: `{name}` derives Debug, but not defmt's Format", file.display());
            checked += 1;
        }
    }
    assert!(checked > 70, "only {checked} types were looked at");
}

/// Types behind the word `pub` in `source`, also inside macros, each with the attributes right before it.
fn public_types(source: &str) -> Vec<(&str, String)> {
    let (mut found, mut attributes) = (Vec::new(), String::new());
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[") {
            attributes += line;
        } else if !line.starts_with("//") {
            let item = ["pub struct ", "pub enum ", "pub union "].iter().find_map(|kind| line.strip_prefix(kind));
            if let Some(name) = item.and_then(|item| item.split(|c: char| !c.is_alphanumeric()).next())
                && !name.is_empty()
            {
                found.push((name, attributes.clone()));
            }
            attributes.clear();
        }
    }
    found
}

#[test]
fn every_public_type_has_format() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let sources: Vec<_> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let named = ["formats.rs", "names.rs"].map(|file| std::fs::read_to_string(root.join(file)).unwrap()).concat();
    let guards = named.split("as_value!(").nth(1).unwrap().split(')').next().unwrap();
    let has = |name: &str| {
        let listed = [' ', '<', ';', '('].iter().any(|end| named.contains(&format!("] {name}{end}")));
        listed || guards.split(' ').any(|guard| guard == name) || named.contains(&format!("impl Format for {name} "))
    };
    let hidden: Vec<_> = HIDDEN.split_whitespace().collect();
    let (mut seen, mut missing) = (Vec::new(), Vec::new());
    for (file, source) in files.iter().zip(&sources) {
        for (name, attributes) in public_types(source) {
            if !WITHOUT.contains(&name)
                && !hidden.contains(&name)
                && !attributes.contains("derive(defmt::Format)")
                && !has(name)
            {
                missing.push(format!("{}: {name}", file.display()));
            }
            seen.push(name);
        }
    }
    assert!(
        missing.is_empty(),
        "no Format; derive it with the feature, or name the type in src/names.rs: {missing:#?}"
    );
    assert!(seen.len() > 150, "only {} types were seen", seen.len());
    for name in WITHOUT.iter().chain(&hidden) {
        assert!(seen.contains(name), "`{name}` is left out, and is no more");
    }
}

#[test]
fn it_sees_a_type_without() {
    let source = "#[derive(Debug)]\n/// What.\npub struct Bare {\npub(crate) struct Inner;";
    assert_eq!(public_types(source), [("Bare", "#[derive(Debug)]".to_owned())]);
}
