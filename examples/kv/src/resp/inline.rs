//! Commands typed as a plain line: `SET greeting "hello world"`.
//!
//! A line is unquoted in place, so it needs no memory of its own. A bare word stays as it is. A word with quotes
//! becomes the byte `"`, its length in two bytes, and its content; that fits, because the two quotes and the blank or
//! line feed behind the word have made room for three bytes.

/// The longest line: a quoted word's length is written in two bytes.
pub(crate) const LONGEST: usize = u16::MAX as usize;

/// The quotes of a line do not match.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unbalanced;

/// Unquotes the words of `line`, which ends in a line feed, and says how many there are.
pub(crate) fn unquote(line: &mut [u8]) -> Result<u32, Unbalanced> {
    let mut words = 0;
    let mut at = 0;
    loop {
        at += blanks(line.get(at..).unwrap_or(&[]));
        if at >= line.len() {
            return Ok(words);
        }
        at = word(line, at)?;
        words += 1;
    }
}

/// Unquotes the word that starts at `start` and says where it ends.
fn word(line: &mut [u8], start: usize) -> Result<usize, Unbalanced> {
    let mut from = start;
    let mut to = start;
    let mut quote = None;
    let mut quoted = false;
    loop {
        let byte = line.get(from).copied().ok_or(Unbalanced)?;
        from += 1;
        let content = match quote {
            None if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') => {
                from -= 1;
                break;
            }
            None if byte == b'"' || byte == b'\'' => {
                quote = Some(byte);
                quoted = true;
                continue;
            }
            None => byte,
            Some(mark) if byte == mark => {
                // A closing quote ends the word, or the line is wrong.
                if blanks(line.get(from..).unwrap_or(&[])) == 0 {
                    return Err(Unbalanced);
                }
                break;
            }
            // The line feed is the end of the request, never content.
            Some(_) if from == line.len() => return Err(Unbalanced),
            Some(b'"') if byte == b'\\' => {
                let (content, length) = escape(line.get(from..).unwrap_or(&[]));
                from += length;
                content
            }
            Some(b'\'') if byte == b'\\' && line.get(from) == Some(&b'\'') => {
                from += 1;
                b'\''
            }
            Some(_) => byte,
        };
        if let Some(place) = line.get_mut(to) {
            *place = content;
        }
        to += 1;
    }
    if quoted {
        let length = to - start;
        if let Some(room) = line.get_mut(start..start + 3 + length) {
            room.copy_within(..length, 3);
            let [low, high] = (length as u16).to_le_bytes();
            for (place, byte) in room.iter_mut().zip([b'"', low, high]) {
                *place = byte;
            }
        }
        // The blank behind the word may be overwritten now; `next` does not look for one there. Where escapes have
        // made the content shorter, what is left over must read as blanks.
        let end = start + 3 + length;
        if let Some(left_over) = line.get_mut(end..from) {
            left_over.fill(b' ');
        }
        from = from.max(end);
    }
    Ok(from)
}

/// What a backslash in double quotes stands for, and how many bytes follow it.
fn escape(rest: &[u8]) -> (u8, usize) {
    match *rest {
        [b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => (hex(high) << 4 | hex(low), 3),
        [b'n', ..] => (b'\n', 1),
        [b'r', ..] => (b'\r', 1),
        [b't', ..] => (b'\t', 1),
        [b'b', ..] => (8, 1),
        [b'a', ..] => (7, 1),
        // A backslash at the end of the line: the quote is open, and the line feed must be seen to say so.
        [b'\n'] | [] => (b'\\', 0),
        [other, ..] => (other, 1),
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        letter => (letter | 0x20).wrapping_sub(b'a').wrapping_add(10),
    }
}

/// How many blanks `bytes` starts with.
fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0x0b).count()
}

/// Splits off the first word of an unquoted line.
pub(crate) fn next(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.get(blanks(line)..)?;
    match line {
        [b'"', low, high, rest @ ..] => rest.split_at_checked(u16::from_le_bytes([*low, *high]) as usize),
        _ => {
            let length = line.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))?;
            line.split_at_checked(length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::args::Args;

    fn words(line: &[u8]) -> Result<Vec<Vec<u8>>, Unbalanced> {
        let mut line = line.to_vec();
        let count = unquote(&mut line)?;
        let words: Vec<_> = Args::new(&line, count, true).map(<[u8]>::to_vec).collect();
        assert_eq!(words.len(), count as usize);
        Ok(words)
    }

    #[track_caller]
    fn check(line: &[u8], expected: &[&[u8]]) {
        assert_eq!(words(line).unwrap(), expected);
    }

    #[test]
    fn bare_words() {
        check(b"PING\r\n", &[b"PING"]);
        check(b"  set  a\tb \n", &[b"set", b"a", b"b"]);
        check(b"\r\n", &[]);
        check(b"\n", &[]);
    }

    #[test]
    fn quoted_words() {
        check(b"set a \"hello world\"\r\n", &[b"set", b"a", b"hello world"]);
        check(b"\"\"\n", &[b""]);
        check(b"\"\" '' \"\"\n", &[b"", b"", b""]);
        check(b"a'b c'\n", &[b"ab c"]);
        check(b"'it\\'s' \"\\x41\\n\\\"\" 'raw\\n'\n", &[b"it's", b"A\n\"", b"raw\\n"]);
        check(b"\"\\\"starts with a quote\" x\n", &[b"\"starts with a quote", b"x"]);
        check(b"'a' 'b' 'c' d\n", &[b"a", b"b", b"c", b"d"]);
    }

    #[test]
    fn unbalanced_quotes() {
        for line in ["\"\n", "'\n", "\"a\r\n", "\"a\"b\n", "'a'b\n", "\"a\\\n", "x \"\\\r\n"] {
            assert_eq!(words(line.as_bytes()), Err(Unbalanced), "{line:?}");
        }
    }
}
