//! The documentation, held to its rules by reading the sources:
//!
//! 1. every public item says what it is for;
//! 2. every public type, trait, function and macro has an example, or links to an item of this crate that has one (a guard to
//!    its lock, an error to what fails with it);
//! 3. every asynchronous operation tells what cancelling it does, what wakes it and what it costs, in its own words or by a
//!    link to where that is told; those of `sync` and `time` also whether interrupts may use them.
#![cfg(not(miri))]

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use syn::{Attribute, ImplItem, Item, ReturnType, TraitItem, Type, UseTree, Visibility};

/// A public item, or a method of one.
struct Entry {
    file: PathBuf,
    name: String,
    docs: String,
    kind: Kind,
    /// What it returns, if it is a function.
    output: Option<String>,
    is_async: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Needs an example.
    Item,
    /// A method, a variant or a constant of something that has one.
    Part,
}

#[derive(Default)]
struct Sources {
    entries: Vec<Entry>,
    /// Names that a `pub use` makes public.
    exported: HashSet<String>,
    /// Files all of whose public items are public, because their module is.
    open: HashSet<PathBuf>,
    /// Types that are futures.
    futures: HashSet<String>,
    /// How many files were read.
    files: usize,
}

fn docs(attributes: &[Attribute]) -> Option<String> {
    let mut text = String::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        match &attribute.meta {
            syn::Meta::NameValue(pair) => {
                if let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(line), .. }) = &pair.value {
                    text += line.value().trim();
                    text.push('\n');
                }
            }
            // Hidden.
            syn::Meta::List(_) => return None,
            syn::Meta::Path(_) => {}
        }
    }
    Some(text)
}

const fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn leaves(tree: &UseTree, names: &mut HashSet<String>) {
    match tree {
        UseTree::Path(path) => leaves(&path.tree, names),
        UseTree::Name(name) => drop(names.insert(name.ident.to_string())),
        UseTree::Rename(rename) => drop(names.insert(rename.ident.to_string())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, names)),
        _ => {}
    }
}

/// The last name of a type's path.
fn type_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        Type::Reference(reference) => type_name(&reference.elem),
        Type::ImplTrait(_) => Some("impl".to_owned()),
        _ => None,
    }
}

fn output(output: &ReturnType) -> Option<String> {
    match output {
        ReturnType::Type(_, ty) => type_name(ty),
        ReturnType::Default => None,
    }
}

impl Sources {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut sources = Self::default();
        sources.open.insert(root.join("lib.rs"));
        sources.folder(&root);
        sources
    }

    /// Parents before children, so that it is known which modules are public.
    fn folder(&mut self, folder: &Path) {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort_by_key(|path| (path.is_dir(), !path.ends_with("mod.rs") && !path.ends_with("lib.rs"), path.clone()));
        for path in files {
            if path.is_dir() {
                self.folder(&path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                self.files += 1;
                let text = std::fs::read_to_string(&path).unwrap();
                let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                self.items(&path, &file.items);
            }
        }
    }

    fn items(&mut self, file: &Path, items: &[Item]) {
        for item in items {
            match item {
                Item::Mod(module)
                    if is_public(&module.vis) && docs(&module.attrs).is_some() && self.open.contains(file) =>
                {
                    let folder = match file.file_name().and_then(|name| name.to_str()) {
                        Some("mod.rs" | "lib.rs") => file.parent().unwrap().to_owned(),
                        _ => file.with_extension(""),
                    };
                    let name = module.ident.to_string();
                    self.open.insert(folder.join(&name).with_extension("rs"));
                    self.open.insert(folder.join(&name).join("mod.rs"));
                }
                Item::Use(import) if is_public(&import.vis) && docs(&import.attrs).is_some() => {
                    leaves(&import.tree, &mut self.exported);
                }
                Item::Struct(item) => {
                    self.add(file, &item.vis, &item.attrs, item.ident.to_string(), Kind::Item, None, false);
                    for field in item.fields.iter().filter(|_| is_public(&item.vis)) {
                        let name = field.ident.as_ref().map_or("0".to_owned(), ToString::to_string);
                        let name = format!("{}::{name}", item.ident);
                        self.add(file, &field.vis, &field.attrs, name, Kind::Part, None, false);
                    }
                }
                Item::Enum(item) => {
                    self.add(file, &item.vis, &item.attrs, item.ident.to_string(), Kind::Item, None, false);
                    for variant in &item.variants {
                        let name = format!("{}::{}", item.ident, variant.ident);
                        self.add(file, &item.vis, &variant.attrs, name, Kind::Part, None, false);
                    }
                }
                Item::Type(item) => {
                    self.add(file, &item.vis, &item.attrs, item.ident.to_string(), Kind::Item, None, false);
                }
                Item::Fn(item) => {
                    let (name, is_async) = (item.sig.ident.to_string(), item.sig.asyncness.is_some());
                    self.add(file, &item.vis, &item.attrs, name, Kind::Item, output(&item.sig.output), is_async);
                }
                Item::Macro(item) if item.mac.path.segments.last().is_some_and(|name| name.ident == "pin_project") => {
                    let inside: syn::File = item.mac.parse_body().unwrap();
                    self.items(file, &inside.items);
                }
                Item::Macro(item) if item.attrs.iter().any(|one| one.path().is_ident("macro_export")) => {
                    let name = item.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                    self.exported.insert(name.clone());
                    let public = syn::parse_quote!(pub);
                    self.add(file, &public, &item.attrs, name, Kind::Item, None, false);
                }
                Item::Trait(item) => {
                    self.add(file, &item.vis, &item.attrs, item.ident.to_string(), Kind::Item, None, false);
                    for part in &item.items {
                        let (name, attributes, returned) = match part {
                            TraitItem::Fn(part) => (&part.sig.ident, &part.attrs, output(&part.sig.output)),
                            TraitItem::Const(part) => (&part.ident, &part.attrs, None),
                            TraitItem::Type(part) => (&part.ident, &part.attrs, None),
                            _ => continue,
                        };
                        let name = format!("{}::{name}", item.ident);
                        self.add(file, &item.vis, attributes, name, Kind::Part, returned, false);
                    }
                }
                Item::Impl(item) => {
                    let Some(name) = type_name(&item.self_ty) else { continue };
                    if let Some((path, _)) = &item.trait_ {
                        if path.segments.last().is_some_and(|segment| segment.ident == "Future") {
                            self.futures.insert(name);
                        }
                        continue;
                    }
                    for part in &item.items {
                        match part {
                            ImplItem::Fn(part) => {
                                let (name, is_async) =
                                    (format!("{name}::{}", part.sig.ident), part.sig.asyncness.is_some());
                                let returned = output(&part.sig.output);
                                self.add(file, &part.vis, &part.attrs, name, Kind::Part, returned, is_async);
                            }
                            ImplItem::Const(part) => {
                                let name = format!("{name}::{}", part.ident);
                                self.add(file, &part.vis, &part.attrs, name, Kind::Part, None, false);
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn add(
        &mut self,
        file: &Path,
        visibility: &Visibility,
        attributes: &[Attribute],
        name: String,
        kind: Kind,
        output: Option<String>,
        is_async: bool,
    ) {
        if is_public(visibility)
            && let Some(docs) = docs(attributes)
        {
            self.entries.push(Entry { file: file.to_owned(), name, docs, kind, output, is_async });
        }
    }

    /// What somebody outside can name.
    fn public(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| {
            let outer = entry.name.split("::").next().unwrap_or_default();
            self.exported.contains(outer) || entry.kind == Kind::Item && self.open.contains(&entry.file)
        })
    }
}

/// The names that documentation links to, as `Type` or `Type::method`, without the modules before them.
fn links(docs: &str) -> impl Iterator<Item = String> {
    let shown = docs.split("[`").skip(1).filter_map(|rest| rest.split_once("`]"));
    shown.flat_map(|(text, rest)| {
        let target = rest.strip_prefix('(').and_then(|rest| rest.split(')').next());
        [Some(text), target].into_iter().flatten().map(last_names).collect::<Vec<_>>()
    })
}

fn last_names(path: &str) -> String {
    let path = path.split(['<', '(']).next().unwrap_or(path).trim_end_matches('!');
    let parts: Vec<&str> = path.split("::").collect();
    let first = match parts.as_slice() {
        [.., owner, _] if owner.starts_with(char::is_uppercase) => parts.len() - 2,
        parts => parts.len() - 1,
    };
    parts[first..].join("::")
}

/// Whether an item's documentation, or one that it links to, satisfies `good`.
fn told<'s>(all: &HashMap<&str, Vec<&'s Entry>>, entry: &'s Entry, good: impl Fn(&str) -> bool) -> bool {
    let owner = entry.name.split("::").next().unwrap_or_default();
    good(&entry.docs)
        || links(&entry.docs).any(|link| {
            let link = link.replace("Self::", &format!("{owner}::"));
            // A method may be named without its type, and the example may be the type's.
            let (method, whole) = (format!("{owner}::{link}"), link.split("::").next().unwrap_or_default());
            let mut names = [link.as_str(), method.as_str(), whole].into_iter();
            names.any(|name| all.get(name).is_some_and(|found| found.iter().any(|one| good(&one.docs))))
        })
}

/// Says everything that is wrong at once.
fn none(wrong: &[String], rule: &str) {
    assert!(wrong.is_empty(), "{} {rule}:\n{}", wrong.len(), wrong.join("\n"));
}

fn place(entry: &Entry) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    format!("  {} ({})", entry.name, entry.file.strip_prefix(root).unwrap_or(&entry.file).display())
}

fn index(sources: &Sources) -> HashMap<&str, Vec<&Entry>> {
    let mut all: HashMap<&str, Vec<&Entry>> = HashMap::new();
    sources.entries.iter().for_each(|entry| all.entry(entry.name.as_str()).or_default().push(entry));
    all
}

#[test]
fn every_public_item_is_documented() {
    let sources = Sources::read();
    assert!(sources.public().count() > 2 * sources.files, "the sources are read");
    let wrong: Vec<_> = sources.public().filter(|entry| entry.docs.trim().is_empty()).map(place).collect();
    none(&wrong, "have no documentation");
}

#[test]
fn every_public_item_has_an_example_within_one_link() {
    let sources = Sources::read();
    let all = index(&sources);
    let example = |docs: &str| {
        // Every other fence opens a block; pictures are text.
        let mut fences = docs.lines().filter(|line| line.starts_with("```")).step_by(2);
        fences.any(|fence| fence != "```text")
    };
    let items = sources.public().filter(|entry| entry.kind == Kind::Item);
    let wrong: Vec<_> = items.filter(|entry| !told(&all, entry, example)).map(place).collect();
    none(&wrong, "have no example and link to none");
}

#[test]
fn every_asynchronous_operation_tells_what_it_promises() {
    let sources = Sources::read();
    let all = index(&sources);
    let is_operation = |entry: &Entry| {
        let future = |name: &String| sources.futures.contains(name);
        let constructor = entry.name.ends_with("::new");
        entry.is_async
            || sources.futures.contains(&entry.name)
            || !constructor && entry.output.as_ref().is_some_and(future)
    };
    let operations: Vec<&Entry> = sources.public().filter(|entry| is_operation(entry)).collect();
    assert!(operations.len() > sources.files / 3, "the operations are found: {}", operations.len());
    for (heading, words) in [
        ("cancel safety", &["cancel safety", "cancel-safe"][..]),
        ("wake-up", &["wake-up"]),
        ("cost", &["complexity", "o(1)", "o(", "costs", "memory:"]),
    ] {
        let has = |docs: &str| words.iter().any(|word| docs.to_lowercase().contains(word));
        let wrong: Vec<_> =
            operations.iter().filter(|entry| !told(&all, entry, has)).map(|entry| place(entry)).collect();
        none(&wrong, &format!("do not tell their {heading}"));
    }
    let has = |docs: &str| docs.to_lowercase().contains("interrupt");
    let at_home =
        |entry: &&&Entry| ["src/sync", "src/time"].iter().any(|part| entry.file.to_string_lossy().contains(part));
    let wrong: Vec<_> =
        operations.iter().filter(at_home).filter(|entry| !told(&all, entry, has)).map(|entry| place(entry)).collect();
    none(&wrong, "do not tell whether interrupts may use them");
}
