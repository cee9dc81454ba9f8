//! What Zokio aims at, beside the figures: met or missed, and what holds it back where it is missed.

use crate::problem::{Context, Problem, Result};
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

/// Where the part of the page begins.
pub const HEADING: &str = "\n## Aims\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Aims {
    aim: Vec<Aim>,
}

/// One aim, as `benches/aims.toml` has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Aim {
    what: String,
    /// The table, by the name of its file, and the work in it.
    table: String,
    work: String,
    /// The column, where it is not the figure itself.
    column: Option<String>,
    /// Whose figures: Zokio's rows.
    rows: Vec<String>,
    #[serde(default)]
    against: Against,
    at_most: Option<f64>,
    at_least: Option<f64>,
    /// What holds it back.
    why: Option<String>,
}

/// What a figure is divided by.
#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum Against {
    /// The best of the peers' rows.
    #[default]
    Peers,
    /// The best of these rows.
    Rows(Vec<String>),
    /// The same row at other work.
    Work(String),
    /// Nothing: the aim is for the figure itself.
    Nothing,
}

/// The part of the page, from the aims in `aims` and the figures in the folder `results`.
pub fn section(aims: &Path, results: &Path) -> Result<String> {
    let text = std::fs::read_to_string(aims).doing(format_args!("reading {}", aims.display()))?;
    let all: Aims = toml::from_str(&text).map_err(|error| Problem::new(format!("{}: {error}", aims.display())))?;
    let mut page = format!(
        "{HEADING}\nTo the best peer (below 1: less time), or to what is named; figures are from the tables below.\n\n\
         | aim | | now | |\n| --- | --- | --- | --- |\n"
    );
    let mut reasons = String::new();
    for aim in &all.aim {
        let table = results.join(&aim.table).with_extension("json");
        let text = std::fs::read_to_string(&table).doing(format_args!("reading {}", table.display()))?;
        let table: Value = serde_json::from_str(&text).map_err(|error| Problem::new(format!("{table:?}: {error}")))?;
        let mut missed = Vec::new();
        for row in &aim.rows {
            let figure = aim.figure(&table, row).ok_or_else(|| {
                Problem::new(format!("benches/results/{}.json has no {row} at {:?}", aim.table, aim.work))
            })?;
            let holds = aim.holds(figure);
            let whose = row.split_once(", ").map_or(String::new(), |(_, driver)| format!(", {driver}"));
            let (now, verdict) = (super::page::figure(figure), if holds { "met" } else { "missed" });
            let _ = writeln!(page, "| {}{whose} | {} | {now} | {verdict} |", aim.what, aim.bound());
            missed.extend((!holds).then_some(row));
        }
        if let (false, Some(why)) = (missed.is_empty(), &aim.why) {
            let _ = writeln!(reasons, "- **{}**: {}", aim.what, why.trim());
        }
    }
    if !reasons.is_empty() {
        let _ = write!(page, "\nWhat holds back what is missed:\n\n{reasons}");
    }
    Ok(page)
}

impl Aim {
    /// As far as the figure is shown.
    fn holds(&self, figure: f64) -> bool {
        let figure = (figure * 100.0).round() / 100.0;
        self.at_most.is_none_or(|most| figure <= most) && self.at_least.is_none_or(|least| figure >= least)
    }

    fn bound(&self) -> String {
        let bounds = [("at most", self.at_most), ("at least", self.at_least)];
        let shown = |(words, bound): (&str, Option<f64>)| Some(format!("{words} {}", super::page::figure(bound?)));
        bounds.into_iter().filter_map(shown).collect::<Vec<_>>().join(", ")
    }

    /// The figure of `row`, or its ratio.
    fn figure(&self, table: &Value, row: &str) -> Option<f64> {
        let own = self.value(table, &self.work, row)?;
        let more = table["more_is_better"].as_bool()? && self.column.is_none();
        let reference = match &self.against {
            Against::Nothing => return Some(own),
            Against::Work(work) => self.value(table, work, row)?,
            Against::Rows(rows) => best(rows.iter().filter_map(|row| self.value(table, &self.work, row)), more)?,
            Against::Peers => {
                let peers = rows(table, &self.work)?.iter().filter(|row| {
                    let ours = row["contender"].as_str().is_some_and(|name| name.starts_with("zokio"));
                    !ours && row["limit"] != Value::Bool(true)
                });
                best(peers.filter_map(|row| self.of_row(row)), more)?
            }
        };
        Some(own / reference)
    }

    fn value(&self, table: &Value, work: &str, row: &str) -> Option<f64> {
        rows(table, work)?.iter().find(|one| one["contender"] == row).and_then(|row| self.of_row(row))
    }

    fn of_row(&self, row: &Value) -> Option<f64> {
        match &self.column {
            Some(column) => row["more"][column].as_f64(),
            None => row["median"].as_f64(),
        }
    }
}

fn rows<'a>(table: &'a Value, work: &str) -> Option<&'a Vec<Value>> {
    table["groups"].as_array()?.iter().find(|group| group["name"] == work)?["rows"].as_array()
}

fn best(figures: impl Iterator<Item = f64>, more_is_better: bool) -> Option<f64> {
    if more_is_better { figures.reduce(f64::max) } else { figures.reduce(f64::min) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::root;

    #[test]
    fn figures_are_put_beside_the_aims() {
        let folder = std::env::temp_dir().join(format!("zokio-aims-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let table = r#"{"more_is_better":true,"groups":[{"name":"w","rows":[
            {"contender":"by hand","limit":true,"median":20.0,"more":{"calls":1.0}},
            {"contender":"zokio, one","limit":false,"median":9.0,"more":{"calls":2.0}},
            {"contender":"peer","limit":false,"median":10.0,"more":{"calls":4.0}},
            {"contender":"slow","limit":false,"median":5.0,"more":{"calls":8.0}}]}]}"#;
        std::fs::write(folder.join("t.json"), table).unwrap();
        let aim = |more: &str| format!("[[aim]]\nwhat='a'\ntable='t'\nwork='w'\nrows=['zokio, one']\n{more}\n");
        let said = |more: &str| {
            std::fs::write(folder.join("aims.toml"), aim(more)).unwrap();
            section(&folder.join("aims.toml"), &folder)
        };
        let ahead = said("at_least=1.0\nwhy='the reason'").unwrap();
        assert!(ahead.contains("| a, one | at least 1.00 | 0.90 | missed |"), "{ahead}");
        assert!(ahead.ends_with("- **a**: the reason\n"), "{ahead}");
        let met = said("at_least=0.4\nwhy='the reason'\nagainst={rows=['by hand']}").unwrap();
        assert!(met.contains("| 0.45 | met |") && !met.contains("the reason"), "{met}");
        let calls = said("at_most=0.5\ncolumn='calls'").unwrap();
        assert!(calls.contains("| 0.50 | met |"), "{calls}");
        assert!(said("at_most=9.0\nagainst='nothing'").unwrap().contains("| 9.00 | met |"));
        assert!(said("at_most=9.0\ncolumn='none'").is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }

    /// The page that is here: each aim has its figure, and each that is missed says why.
    #[test]
    fn what_is_missed_has_a_reason() {
        let benches = root().join("benches");
        let section = section(&benches.join("aims.toml"), &benches.join("results")).unwrap();
        for line in section.lines().filter(|line| line.ends_with("| missed |")) {
            let what = line.trim_start_matches("| ").split(" |").next().unwrap();
            let reason = |line: &str| {
                line.strip_prefix("- **")
                    .and_then(|line| line.split_once("**: "))
                    .is_some_and(|(aim, _)| what.starts_with(aim))
            };
            assert!(section.lines().any(reason), "{what} is missed, and benches/aims.toml does not say why");
        }
    }
}
