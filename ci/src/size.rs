//! `cargo ci size`: the embedded images, measured and compared with the golden numbers.

use crate::division;
use crate::machines::{SIZED, SIZED_PEERS};
use crate::problem::{Context, Problem, Result};
use crate::progress::{GREEN, RED, paint};
use crate::repository::root;
use crate::results::Count;
use crate::sections::Sizes;
use crate::table;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The golden numbers: by image, and how far a number may grow before it counts.
#[derive(Debug, PartialEq)]
struct Golden {
    tolerance_percent: u64,
    images: BTreeMap<String, Sizes>,
}

/// The package whose programs divide in 64 bits of their own accord: they write numbers of 64 bits in decimal.
const DIVIDES: &str = "kv-firmware";

/// What comes of comparing one image.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    Smaller,
    Unknown,
    /// Which of the three numbers grew too much.
    Grew(&'static str),
}

/// Builds the sized images, and those of the `peers` too if they are asked for; prints the table, and rewrites the golden
/// file if `update`. Counts Zokio's images that stayed within the golden numbers and do not divide in 64 bits, and the others.
pub fn run(update: bool, peers: bool) -> Result<Count> {
    let golden = Golden::read()?;
    let mut measured = BTreeMap::new();
    let (mut rows, mut count) = (Vec::new(), Count::default());
    for image in SIZED {
        let Ok(path) = image.build() else {
            count.failed += 1;
            continue;
        };
        let (name, sizes) = (image.name(), Sizes::of(&path)?);
        let verdict = golden.compare(&name, sizes);
        let divisions = if image.package == DIVIDES { Vec::new() } else { division::of(&path)? };
        if !divisions.is_empty() {
            println!("       {name} divides in 64 bits: {}", divisions.join(", "));
        }
        let passed = divisions.is_empty() && (update || matches!(verdict, Verdict::Same | Verdict::Smaller));
        *(if passed { &mut count.passed } else { &mut count.failed }) += 1;
        rows.push(row(&name, sizes, golden.images.get(&name), &verdict, passed));
        measured.insert(name, sizes);
    }
    for image in SIZED_PEERS.iter().filter(|_| peers) {
        // A peer that cannot be built here is no failure of ours.
        if let Ok(path) = image.build() {
            rows.push(numbers(&image.name(), Sizes::of(&path)?, "(peer)".to_owned()));
        }
    }
    println!("\n{}", table::lay_out(&["image", "text", "data", "bss", "static RAM", "against golden"], &rows));
    if update {
        let golden = Golden { images: measured, ..golden };
        std::fs::write(golden_file(), golden.to_text()).doing("writing ci/golden/size.toml")?;
        println!("ci/golden/size.toml is rewritten");
    } else if count.failed > 0 {
        println!("If the growth is wanted: cargo ci size --update, and say in the commit what it buys.");
    }
    Ok(count)
}

fn row(name: &str, sizes: Sizes, golden: Option<&Sizes>, verdict: &Verdict, passed: bool) -> Vec<String> {
    let versus = golden.map_or(String::new(), |old| {
        format!(
            " (text {:+}, RAM {:+})",
            difference(sizes.text, old.text),
            difference(sizes.static_ram(), old.static_ram())
        )
    });
    let verdict = match verdict {
        Verdict::Same => format!("same{versus}"),
        Verdict::Smaller => format!("smaller{versus}: cargo ci size --update"),
        Verdict::Unknown => "no golden number: cargo ci size --update".to_owned(),
        Verdict::Grew(which) => format!("{which} grew{versus}"),
    };
    numbers(name, sizes, paint(&verdict, if passed { GREEN } else { RED }))
}

fn numbers(name: &str, sizes: Sizes, verdict: String) -> Vec<String> {
    let numbers = [sizes.text, sizes.data, sizes.bss, sizes.static_ram()].map(table::grouped);
    [name.to_owned()].into_iter().chain(numbers).chain([verdict]).collect()
}

fn difference(new: u64, old: u64) -> i64 {
    new.cast_signed() - old.cast_signed()
}

fn golden_file() -> PathBuf {
    root().join("ci/golden/size.toml")
}

impl Golden {
    fn read() -> Result<Self> {
        let text = std::fs::read_to_string(golden_file()).doing("reading ci/golden/size.toml")?;
        Self::parse(&text).ok_or_else(|| {
            Problem::new("ci/golden/size.toml is not what `cargo ci size --update` writes")
                .next("git checkout ci/golden/size.toml")
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let table: toml::Table = text.parse().ok()?;
        let number = |value: Option<&toml::Value>| value?.as_integer()?.try_into().ok();
        let images = table.get("images")?.as_table()?.iter().map(|(name, numbers)| {
            let part = |part| number(numbers.get(part));
            Some((name.clone(), Sizes { text: part("text")?, data: part("data")?, bss: part("bss")? }))
        });
        Some(Self {
            tolerance_percent: number(table.get("tolerance_percent"))?,
            images: images.collect::<Option<_>>()?,
        })
    }

    fn to_text(&self) -> String {
        let mut text = format!(
            "# Golden sizes in bytes, checked by `cargo ci size` and `cargo ci test`; written by `cargo ci size --update`.\n\
             # A number that grows by more than this many percent fails.\ntolerance_percent = {}\n\n[images]\n",
            self.tolerance_percent
        );
        for (name, Sizes { text: code, data, bss }) in &self.images {
            text += &format!("\"{name}\" = {{ text = {code}, data = {data}, bss = {bss} }}\n");
        }
        text
    }

    fn compare(&self, name: &str, new: Sizes) -> Verdict {
        let Some(old) = self.images.get(name) else { return Verdict::Unknown };
        let parts = [("text", new.text, old.text), ("data", new.data, old.data), ("bss", new.bss, old.bss)];
        let slack = |old: u64| old * self.tolerance_percent / 100;
        if let Some((which, ..)) = parts.iter().find(|(_, new, old)| *new > old + slack(*old)) {
            return Verdict::Grew(which);
        }
        let shrank = parts.iter().any(|(_, new, old)| new + slack(*old) < *old);
        if shrank { Verdict::Smaller } else { Verdict::Same }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden() -> Golden {
        let sizes = Sizes { text: 1000, data: 0, bss: 100 };
        Golden { tolerance_percent: 2, images: [("blink2".to_owned(), sizes)].into() }
    }

    #[test]
    fn growth_beyond_the_tolerance_fails_and_names_the_section() {
        let with = |text, data, bss| golden().compare("blink2", Sizes { text, data, bss });
        assert_eq!(with(1000, 0, 100), Verdict::Same);
        assert_eq!(with(1020, 0, 102), Verdict::Same);
        assert_eq!(with(1021, 0, 100), Verdict::Grew("text"));
        assert_eq!(with(1000, 1, 100), Verdict::Grew("data"));
        assert_eq!(with(900, 0, 103), Verdict::Grew("bss"));
        assert_eq!(with(979, 0, 100), Verdict::Smaller);
        assert_eq!(golden().compare("other", Sizes::default()), Verdict::Unknown);
    }

    #[test]
    fn what_is_written_reads_back() {
        assert_eq!(Golden::parse(&golden().to_text()), Some(golden()));
        assert_eq!(Golden::parse("images = 3"), None);
    }

    #[test]
    fn the_committed_golden_file_parses_and_names_every_sized_image() {
        let golden = Golden::read().unwrap();
        for image in SIZED {
            assert!(golden.images.contains_key(&image.name()), "{} has no golden number", image.name());
        }
    }
}
