//! The two READMEs: their commands must be true, and they must say the same.

/// What of a README can be compared across languages.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    /// Levels of the headings, in order.
    headings: Vec<usize>,
    /// Rows and columns of the tables, in order.
    tables: Vec<(usize, usize)>,
    /// Language and content of the code blocks, in order; comments and blank lines left out, for they are translated.
    code: Vec<(String, Vec<String>)>,
}

/// The `cargo` commands in the `sh` blocks of a README, without a prompt and without what a shell comment says.
pub fn commands(markdown: &str) -> Vec<Vec<String>> {
    let code = Shape::of(markdown).code;
    let lines = code.into_iter().filter(|(language, _)| language == "sh").flat_map(|(_, lines)| lines);
    let words = lines.map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    words.filter(|words| words.first().is_some_and(|first| first == "cargo")).collect()
}

/// Where the two READMEs differ in what must be the same; nothing if they agree.
pub fn difference(english: &str, chinese: &str) -> Option<String> {
    let (english, chinese) = (Shape::of(english), Shape::of(chinese));
    if english.headings != chinese.headings {
        return Some(format!("levels of headings: {:?} and {:?}", english.headings, chinese.headings));
    }
    if english.tables != chinese.tables {
        return Some(format!("rows and columns of tables: {:?} and {:?}", english.tables, chinese.tables));
    }
    if english.code.len() != chinese.code.len() {
        return Some(format!("{} code blocks and {}", english.code.len(), chinese.code.len()));
    }
    let mut pairs = english.code.iter().zip(&chinese.code).enumerate();
    pairs.find(|(_, (ours, theirs))| ours != theirs).map(|(number, (ours, theirs))| {
        let line = ours.1.iter().zip(&theirs.1).find(|(our, their)| our != their);
        format!(
            "code block {}: {:?} and {:?}",
            number + 1,
            line.map_or(&ours.0, |pair| pair.0),
            line.map_or(&theirs.0, |pair| pair.1)
        )
    })
}

impl Shape {
    fn of(markdown: &str) -> Self {
        let mut shape = Self { headings: Vec::new(), tables: Vec::new(), code: Vec::new() };
        let (mut in_code, mut in_table) = (false, false);
        for line in markdown.lines() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                in_code = !in_code;
                if in_code {
                    shape.code.push((language.trim().to_owned(), Vec::new()));
                }
                continue;
            }
            if in_code {
                let Some((language, lines)) = shape.code.last_mut() else { continue };
                let comment = if language == "rust" { "//" } else { "#" };
                let said = line.trim().trim_start_matches("$ ");
                let said = if said.starts_with(comment) {
                    ""
                } else {
                    said.split(&format!(" {comment} ")).next().unwrap_or(said).trim()
                };
                if !said.is_empty() {
                    lines.push(said.to_owned());
                }
                continue;
            }
            let row = line.trim().starts_with('|');
            if row {
                let columns = line.trim().trim_matches('|').split('|').count();
                match shape.tables.last_mut().filter(|_| in_table) {
                    Some((rows, _)) => *rows += 1,
                    None => shape.tables.push((1, columns)),
                }
            }
            in_table = row;
            let level = line.chars().take_while(|&c| c == '#').count();
            if level > 0 && line[level..].starts_with(' ') {
                shape.headings.push(level);
            }
        }
        shape
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "\
# Zokio
```sh
$ cargo ci demo   # five machines
redis-cli -p 6390 PING
# a comment
cargo run --release -p kv-server -- --listen 127.0.0.1:6390
```
## Machines
| machine | RAM |
|---|---|
| microbit | 16 KiB |

```rust
#[task] // each
async fn blink() {}
```
";

    #[test]
    fn commands_are_those_of_cargo_in_sh_blocks() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let wanted = [words("cargo ci demo"), words("cargo run --release -p kv-server -- --listen 127.0.0.1:6390")];
        assert_eq!(commands(ENGLISH), wanted);
    }

    #[test]
    fn a_translation_may_differ_in_words_and_comments_only() {
        let chinese = ENGLISH
            .replace("five machines", "五台机器")
            .replace("machine | RAM", "机器 | 内存")
            .replace("// each", "// 每个");
        assert_eq!(difference(ENGLISH, &chinese), None);
        let differs = |from: &str, to: &str| difference(ENGLISH, &ENGLISH.replace(from, to)).unwrap();
        assert!(differs("## Machines", "### Machines").contains("headings"));
        assert!(differs("| microbit | 16 KiB |\n", "").contains("tables"));
        assert!(differs("|---|---|", "|---|---|\n| more | x |").contains("tables"));
        assert!(differs("cargo ci demo", "cargo ci test").contains("code block 1"));
        assert!(differs("async fn blink", "async fn blank").contains("code block 2"));
        assert!(differs("```rust", "```text\n```\n```rust").contains("code blocks"));
    }
}
