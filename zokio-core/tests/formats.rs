//! What has a `Debug` for people has a `Format` for defmt, with the feature: held by reading the sources.
#![cfg(not(miri))]

use std::path::{Path, PathBuf};
use syn::{Attribute, Item, Type, Visibility};

/// Public types that nobody logs: they hold wakers, which have no `Format`.
const WITHOUT: &[&str] = &["Slot", "Slots", "Completed", "Orphaned"];

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
