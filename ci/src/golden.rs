//! Golden numbers: what was measured and agreed on, so that growth is seen.

use crate::problem::{Context, Problem, Result};
use crate::progress::{GREEN, RED, paint};
use crate::repository::root;
use std::collections::BTreeMap;

/// A number for each operation.
pub type Measured = BTreeMap<String, u64>;

/// The golden numbers: by bench, and how far a number may grow before it counts.
#[derive(Debug, PartialEq)]
pub struct Golden {
    tolerance_percent: u64,
    pub benches: BTreeMap<String, Measured>,
}

/// Where golden numbers are kept, and what they are.
pub struct GoldenFile {
    /// From the root.
    pub path: &'static str,
    pub what: &'static str,
}

/// Prints what grew; that nothing did, if everything was measured.
pub fn tell(grown: &[String], everything: bool) {
    for growth in grown {
        println!("{}", paint(growth, RED));
    }
    if !grown.is_empty() {
        println!("If the growth is wanted: cargo ci size --update, and say in the commit what it buys.");
    } else if everything {
        println!("{}", paint("no operation grew", GREEN));
    }
}

impl GoldenFile {
    pub fn read(&self) -> Result<Golden> {
        let Self { path, .. } = self;
        let text = std::fs::read_to_string(root().join(path)).doing(format_args!("reading {path}"))?;
        Golden::parse(&text).ok_or_else(|| {
            Problem::new(format!("{path} is not what `cargo ci size --update` writes"))
                .next(format!("git checkout {path}"))
        })
    }

    pub fn write(&self, golden: &Golden) -> Result<()> {
        let Self { path, what } = self;
        std::fs::write(root().join(path), golden.to_text(what)).doing(format_args!("writing {path}"))?;
        println!("{path} is rewritten");
        Ok(())
    }
}

impl Golden {
    fn parse(text: &str) -> Option<Self> {
        let mut table: toml::Table = text.parse().ok()?;
        let number = |value: &toml::Value| u64::try_from(value.as_integer()?).ok();
        let tolerance_percent = number(&table.remove("tolerance_percent")?)?;
        let benches = table.into_iter().map(|(name, numbers)| {
            let numbers =
                numbers.as_table()?.iter().map(|(operation, value)| Some((operation.clone(), number(value)?)));
            Some((name, numbers.collect::<Option<_>>()?))
        });
        Some(Self { tolerance_percent, benches: benches.collect::<Option<_>>()? })
    }

    fn to_text(&self, what: &str) -> String {
        let mut text = format!(
            "# {what}; checked by `cargo ci size` and `cargo ci test`, written by\n# `cargo ci size --update`. A number \
             of Zokio's that grows by more than this many percent fails.\ntolerance_percent = {}\n",
            self.tolerance_percent
        );
        for (name, numbers) in &self.benches {
            text += &format!("\n[\"{name}\"]\n");
            for (operation, number) in numbers {
                text += &format!("\"{operation}\" = {number}\n");
            }
        }
        text
    }

    /// A sentence for each number of `bench` that grew too much, has no golden number, or is gone.
    pub fn growth(&self, bench: &str, new: &Measured) -> Vec<String> {
        let Some(old) = self.benches.get(bench) else { return vec![format!("{bench}: no golden numbers")] };
        let grew = |(operation, &new): (&String, &u64)| match old.get(operation) {
            None => Some(format!("{bench}: {operation} has no golden number")),
            Some(&old) if new > old + old * self.tolerance_percent / 100 => {
                Some(format!("{bench}: {operation} grew from {old} to {new}"))
            }
            Some(_) => None,
        };
        let gone = old.keys().filter(|operation| !new.contains_key(*operation));
        let gone = gone.map(|operation| format!("{bench}: {operation} was not measured"));
        new.iter().filter_map(grew).chain(gone).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden() -> Golden {
        let numbers = [("yield".to_owned(), 100), ("timer".to_owned(), 10)].into();
        Golden { tolerance_percent: 3, benches: [("Zokio, board".to_owned(), numbers)].into() }
    }

    #[test]
    fn growth_is_told_and_so_is_what_is_missing() {
        let growth = |numbers: &[(&str, u64)]| {
            let numbers = numbers.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect();
            golden().growth("Zokio, board", &numbers)
        };
        assert!(growth(&[("yield", 103), ("timer", 10)]).is_empty());
        assert!(growth(&[("yield", 90), ("timer", 1)]).is_empty());
        assert_eq!(growth(&[("yield", 104), ("timer", 10)]), ["Zokio, board: yield grew from 100 to 104"]);
        assert_eq!(growth(&[("yield", 100), ("timer", 11)]), ["Zokio, board: timer grew from 10 to 11"]);
        assert_eq!(growth(&[("yield", 100)]), ["Zokio, board: timer was not measured"]);
        assert_eq!(growth(&[("yield", 1), ("timer", 1), ("x", 1)]), ["Zokio, board: x has no golden number"]);
    }

    #[test]
    fn what_is_written_reads_back() {
        assert_eq!(Golden::parse(&golden().to_text("What it is")), Some(golden()));
        assert_eq!(Golden::parse("tolerance_percent = 3\nx = 3"), None);
    }
}
