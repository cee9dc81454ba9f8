//! The tables, for a terminal and as a page.

use super::{Group, Machine, Row, Table, aims};
use crate::table::{grouped, lay_out};
use std::fmt::Write;

/// A figure with as many digits as say something.
pub fn figure(value: f64) -> String {
    match value {
        value if !value.is_finite() => "-".to_owned(),
        value if value >= 100.0 => grouped(value.round() as u64),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

fn head(table: &Table, group: &Group) -> Vec<String> {
    let mut head =
        vec![String::new(), table.unit.to_owned(), "lowest".into(), "highest".into(), "to the best peer".into()];
    head.extend(group.rows.first().into_iter().flat_map(|row| &row.more).map(|(name, _)| (*name).to_owned()));
    head
}

fn cells(table: &Table, group: &Group, row: &Row) -> Vec<String> {
    let best = group.best_peer(table.more_is_better).map_or(f64::NAN, |best| best.median);
    let ratio = format!("{:.2}", row.median / best);
    let mut cells = vec![row.contender.clone(), figure(row.median), figure(row.low), figure(row.high), ratio];
    cells.extend(row.more.iter().map(|(_, value)| figure(*value)));
    cells
}

/// The table as a terminal shows it.
pub fn for_terminal(table: &Table) -> String {
    let mut text = format!("{}\n", table.title);
    for group in &table.groups {
        let head = head(table, group);
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        let rows: Vec<_> = group.rows.iter().map(|row| cells(table, group, row)).collect();
        let _ = write!(text, "\n{}\n{}", group.name, lay_out(&head, &rows));
    }
    text
}

/// The page with all tables, and what they mean for the aims.
pub fn markdown(tables: &[Table], machine: &Machine, aims: &str) -> String {
    let versions: Vec<_> = machine.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let mut page = format!(
        "# Benchmarks\n\n\
         Written by `cargo ci bench`; the figures as data are in [results](results). Zokio and its peers do the same work \
         in one run, in turn; every answer is checked. Figures are medians, with the lowest and the highest run (for work \
         within a process: criterion's interval of the median). *To the best peer* is a figure divided by that of the best \
         of tokio, smol, monoio, compio and glommio; what is written by hand has no runtime and is the limit, not a peer. *Calls* are the server's system calls for \
         a request, counted by strace in a run of its own.\n\n\
         {}, {} cores of {}, {}. {}.\n\n\
         The cores are shared with other machines: ratios within a run say something, single figures swing.\n",
        machine.kernel,
        machine.cores,
        machine.processor,
        machine.rust,
        versions.join(", ")
    );
    page += aims;
    for table in tables {
        page += &section(table);
    }
    page
}

/// What a table's part of the page begins with.
fn heading(table: &Table) -> String {
    format!("\n## {}\n", table.title)
}

fn section(table: &Table) -> String {
    let better = if table.more_is_better { "More is better" } else { "Less is better" };
    let mut text = heading(table);
    let _ = write!(text, "\n{better}.\n\n![{}](results/{}.svg)\n", table.title, table.name);
    for group in &table.groups {
        let head = head(table, group);
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let _ = write!(text, "\n**{}**\n\n{}", group.name, line(&head));
        let rule: Vec<String> = head.iter().map(|_| "---".to_owned()).collect();
        text += &line(&rule);
        group.rows.iter().for_each(|row| text += &line(&cells(table, group, row)));
    }
    text
}

/// The page with some of its tables replaced, and those at its end that it did not have.
pub fn with(mut page: String, tables: &[Table], aims: &str) -> String {
    replace(&mut page, aims::HEADING, aims);
    for table in tables {
        replace(&mut page, &heading(table), &section(table));
    }
    page
}

/// Puts `section` where the page has one with this heading, or at its end.
fn replace(page: &mut String, heading: &str, section: &str) {
    let start = page.find(heading).unwrap_or(page.len());
    let rest = page.get(start + heading.len()..).unwrap_or_default();
    let end = rest.find("\n## ").map_or(page.len(), |at| start + heading.len() + at);
    page.replace_range(start..end, section);
}

#[cfg(test)]
mod tests {
    use super::super::tests::table;
    use super::*;

    #[test]
    fn figures_are_as_long_as_they_mean() {
        assert_eq!([0.126, 12.34, 1234.5, f64::NAN].map(figure), ["0.13", "12.3", "1 235", "-"]);
    }

    #[test]
    fn rows_have_a_ratio_to_the_best_peer() {
        let table = table();
        let cells = cells(&table, &table.groups[0], &table.groups[0].rows[1]);
        assert_eq!(cells, ["zokio", "2.00", "1.00", "3.00", "0.50", "7.00"]);
    }

    #[test]
    fn a_page_gets_new_figures_for_some_tables() {
        let old = "# Head\n\n## T\n\nold\n\n## U\n\nkept\n".to_owned();
        let new = with(old, &[table()], "\n## Aims\n\nhigh\n");
        assert!(new.starts_with("# Head\n\n## T\n\nLess is better.\n"), "{new}");
        assert!(new.ends_with(" |\n\n## U\n\nkept\n\n## Aims\n\nhigh\n") && !new.contains("old"), "{new}");
        let at_the_end = with("# Head\n".to_owned(), &[table()], "");
        assert_eq!(with(at_the_end.clone(), &[table()], ""), at_the_end);
        assert!(at_the_end.starts_with("# Head\n\n## T\n"), "{at_the_end}");
    }
}
