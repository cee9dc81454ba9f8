//! Tables with aligned columns: words to the left, numbers to the right.

/// Lays out `rows` under `head`. Every row has as many cells as `head`; a column whose cells (the head apart) all start
/// with a digit or are "-" is right-aligned.
pub fn lay_out(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| visible(&row[column]));
        cells.chain([visible(head[column])]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let numeric: Vec<bool> = (0..head.len()).map(|column| rows.iter().all(|row| is_number(&row[column]))).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells = cells.zip(&widths).zip(&numeric).map(|((cell, &width), numeric)| {
            let gap = " ".repeat(width - visible(cell));
            if *numeric { gap + cell } else { cell.to_owned() + &gap }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(&mut head.iter().copied());
    text += &line(&mut widths.iter().map(|&width| "-".repeat(width)).collect::<Vec<_>>().iter().map(String::as_str));
    for row in rows {
        text += &line(&mut row.iter().map(String::as_str));
    }
    text
}

/// The columns that `cell` takes on a terminal: colour sequences take none.
fn visible(cell: &str) -> usize {
    let mut pieces = cell.split('\x1b');
    let plain = pieces.next().map_or(0, |first| first.chars().count());
    plain + pieces.map(|piece| piece.split_once('m').map_or(0, |(_, rest)| rest.chars().count())).sum::<usize>()
}

fn is_number(cell: &str) -> bool {
    cell == "-" || cell.trim_start_matches(['+', '-']).starts_with(|first: char| first.is_ascii_digit())
}

/// A count with thin groups of three, as "1 234 567".
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group));
    groups.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_left_and_numbers_right() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [row(["server", "12345", "passed"]), row(["wasi", "-", "FAILED"])];
        let wanted =
            ["machine   text  result", "-------  -----  ------", "server   12345  passed", "wasi         -  FAILED"];
        assert_eq!(lay_out(&["machine", "text", "result"], &rows).lines().collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn colours_take_no_room() {
        assert_eq!(visible("\x1b[32mok\x1b[0m then"), 7);
        let rows = [vec!["\x1b[31mFAILED\x1b[0m".to_owned(), "x".to_owned()]];
        assert_eq!(lay_out(&["result", "y"], &rows), "result  y\n------  -\n\x1b[31mFAILED\x1b[0m  x\n");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1 234 567");
    }
}
