//! Patterns with `*` and `?`, as `CONFIG GET` takes them.

/// Whether `text` matches `pattern`, in whatever case.
///
/// Redis knows `[a-z]` and backslashes, too; no name that is asked for here needs them. O(pattern × text) at most.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // Where to go on if it turns out that the last star stands for one byte more.
    let mut again: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern, text) {
            ([], []) => return true,
            ([b'*', rest @ ..], _) => {
                again = Some((rest, text));
                pattern = rest;
            }
            ([wanted, after @ ..], [byte, rest @ ..]) if *wanted == b'?' || wanted.eq_ignore_ascii_case(byte) => {
                (pattern, text) = (after, rest);
            }
            _ => {
                let Some((rest, [_, shorter @ ..])) = again else { return false };
                again = Some((rest, shorter));
                (pattern, text) = (rest, shorter);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("save", "save", true),
            ("SAVE", "save", true),
            ("save", "saved", false),
            ("*", "", true),
            ("max*", "maxmemory", true),
            ("*mem*y", "maxmemory", true),
            ("*y", "maxmemory-policy", true),
            ("m?xmemory", "maxmemory", true),
            ("max*x", "maxmemory", false),
            ("", "save", false),
            ("a*b*c", "aXbXbXc", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_do_not_take_for_ever() {
        assert!(!matches(b"*a*a*a*a*a*a*a*a*a*a*b", &[b'a'; 2000]));
    }
}
