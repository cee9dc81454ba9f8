//! The READMEs show what is here: every block of Rust in them stands in the sources, line by line.

const SOURCES: [&str; 3] = [
    include_str!("../src/lib.rs"),
    include_str!("../src/main.rs"),
    include_str!("../../heartbeat-firmware/src/main.rs"),
];

/// The lines of each block of Rust, without comments and indentation.
fn blocks(readme: &str) -> Vec<Vec<&str>> {
    let parts = readme.split("```rust\n").skip(1).filter_map(|part| part.split("```").next());
    parts.map(code).collect()
}

fn code(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).collect()
}

#[test]
fn every_block_stands_in_a_source() {
    for readme in [include_str!("../../../README.md"), include_str!("../../../README.zh-CN.md")] {
        let blocks = blocks(readme);
        assert_eq!(blocks.len(), SOURCES.len());
        for (block, source) in blocks.iter().zip(SOURCES) {
            let source = code(source);
            assert!(
                source.windows(block.len()).any(|lines| lines == block.as_slice()),
                "not in the source:\n{}",
                block.join("\n")
            );
        }
    }
}
