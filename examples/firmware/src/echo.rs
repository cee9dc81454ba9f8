//! Says back every line, in capitals, until somebody says `bye`.

use embedded_io_async::{Read, Write};

/// The longest line that is said back as one.
const LONGEST: usize = 80;

/// Serves one line until `bye`.
///
/// # Errors
/// The line's.
pub async fn echo<L: Read + Write>(line: &mut L) -> Result<(), L::Error> {
    line.write_all(b"ready\n").await?;
    let (mut text, mut len) = ([0; LONGEST], 0);
    loop {
        let mut byte = [0];
        if line.read(&mut byte).await? == 0 {
            return Ok(());
        }
        text[len] = byte[0].to_ascii_uppercase();
        len += 1;
        if byte[0] == b'\n' || len == LONGEST {
            line.write_all(&text[..len]).await?;
            line.flush().await?;
            if text[..len].trim_ascii() == b"BYE" {
                return Ok(());
            }
            len = 0;
        }
    }
}
