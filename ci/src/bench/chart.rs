//! Bars, one panel for each group of a table, as SVG.

use super::{Row, Table};
use std::fmt::Write;

const WIDTH: f64 = 760.0;
const NAMES: f64 = 170.0;
const FIGURES: f64 = 90.0;
const BAR: f64 = 16.0;
const LINE: f64 = 21.0;
const HEAD: f64 = 34.0;

/// The chart of `table`. Each group has a scale of its own.
pub fn draw(table: &Table) -> String {
    let height = 40.0 + table.groups.iter().map(|group| HEAD + LINE * group.rows.len() as f64).sum::<f64>();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    let better = if table.more_is_better { "longer is better" } else { "shorter is better" };
    text(&mut svg, 12.0, 24.0, "start", "bold 15px sans-serif", "#222222", &table.title);
    text(&mut svg, WIDTH - 12.0, 24.0, "end", "12px sans-serif", "#666666", &format!("{}, {better}", table.unit));
    let mut y = 40.0;
    for group in &table.groups {
        text(&mut svg, 12.0, y + 20.0, "start", "bold 12px sans-serif", "#444444", &group.name);
        y += HEAD - 6.0;
        let longest = group.rows.iter().map(|row| row.median).fold(f64::MIN_POSITIVE, f64::max);
        for row in &group.rows {
            let length = row.median / longest * (WIDTH - NAMES - FIGURES - 24.0);
            text(&mut svg, NAMES, y + BAR - 4.0, "end", "12px sans-serif", "#222222", &row.contender);
            let _ = writeln!(
                svg,
                "<rect x=\"{}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"2\" fill=\"{}\"/>",
                NAMES + 8.0,
                colour(row)
            );
            let figure = super::page::figure(row.median);
            text(&mut svg, NAMES + 14.0 + length, y + BAR - 4.0, "start", "12px sans-serif", "#444444", &figure);
            y += LINE;
        }
        y += 6.0;
    }
    svg + "</svg>\n"
}

fn colour(row: &Row) -> &'static str {
    match (row.is_zokio(), row.limit) {
        (true, _) => "#d9480f",
        (_, true) => "#adb5bd",
        _ => "#4c6ef5",
    }
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, font: &str, colour: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" style=\"font:{font}\" fill=\"{colour}\">{words}</text>"
    );
}

#[cfg(test)]
mod tests {
    use super::super::tests::table;
    use super::*;

    #[test]
    fn every_row_has_a_bar_and_the_longest_fills_the_panel() {
        let svg = draw(&table());
        assert_eq!(svg.matches("rx=\"2\"").count(), 4);
        assert!(svg.contains(&format!("width=\"{:.1}\"", WIDTH - NAMES - FIGURES - 24.0)), "{svg}");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
}
