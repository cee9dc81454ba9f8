//! Marks in an image (see `benches/embedded/marks`), and how many instructions lie between them in an emulator's log.

use object::{Object, ObjectSection};
use std::collections::{BTreeMap, HashMap};

/// How many laps go by before they count: the first ones meet cold state.
const WARM_UP: usize = 2;

/// What a mark does to the measurement of its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Begin,
    End,
    /// Both: the end of one lap is the beginning of the next.
    Lap,
}

/// The marks of an image, by address, and the sizes that it tells.
pub struct Marks {
    marks: HashMap<u64, Vec<(Kind, String)>>,
    pub sizes: BTreeMap<String, u64>,
}

impl Marks {
    /// Reads the sections `.marks` and `.sizes` of an ELF image.
    pub fn of(image: &[u8]) -> Result<Self, String> {
        let file = object::File::parse(image).map_err(|error| error.to_string())?;
        let section = |name: &str| file.section_by_name(name).and_then(|section| section.data().ok());
        let mut marks: HashMap<u64, Vec<(Kind, String)>> = HashMap::new();
        for (address, name) in entries(section(".marks").ok_or("the image has no section .marks")?)? {
            let kind = match name.chars().next() {
                Some('<') => Kind::Begin,
                Some('>') => Kind::End,
                Some('=') => Kind::Lap,
                _ => return Err(format!("no mark begins like {name:?}")),
            };
            marks.entry(address.into()).or_default().push((kind, name[1..].to_owned()));
        }
        let sizes = entries(section(".sizes").unwrap_or_default())?;
        Ok(Self { marks, sizes: sizes.into_iter().map(|(size, name)| (name, size.into())).collect() })
    }

    /// Counts the instructions of each measurement in QEMU's log of every instruction (`-d exec,nochain`, one instruction
    /// a block): the median of its laps.
    pub fn count(&self, log: &str) -> BTreeMap<String, u64> {
        let mut executed = 0u64;
        let mut begun: HashMap<&str, u64> = HashMap::new();
        let mut laps: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for line in log.lines() {
            let Some(address) = address(line) else {
                // An instruction that was logged and not executed: it reaches a device, which needs a block made anew, or
                // an interrupt came before it.
                if line.contains("rewound execution") || line.starts_with("Stopped execution") {
                    executed -= 1;
                }
                continue;
            };
            let Some(marks) = self.marks.get(&address) else {
                executed += 1;
                continue;
            };
            for (kind, name) in marks {
                if *kind != Kind::Begin
                    && let Some(start) = begun.remove(name.as_str())
                {
                    laps.entry(name).or_default().push(executed - start);
                }
                if *kind != Kind::End {
                    begun.insert(name, executed);
                }
            }
        }
        laps.into_iter().filter_map(|(name, laps)| Some((name.to_owned(), median(laps.get(WARM_UP..)?)?))).collect()
    }
}

fn median(laps: &[u64]) -> Option<u64> {
    let mut laps = laps.to_vec();
    laps.sort_unstable();
    laps.get(laps.len() / 2).copied()
}

/// The program counter in `Trace 0: 0x7f49c4004a80 [00800400/00000126/00000110/ff020201] main`.
fn address(line: &str) -> Option<u64> {
    let counter = line.strip_prefix("Trace ")?.split_once('[')?.1.split('/').nth(1)?;
    u64::from_str_radix(counter, 16).ok()
}

/// A number of four bytes and a name that ends with a zero byte, padded to four; again and again.
fn entries(section: &[u8]) -> Result<Vec<(u32, String)>, String> {
    let mut entries = Vec::new();
    let mut at = 0;
    while at < section.len() {
        let cut = || format!("an entry is cut off at byte {at}");
        let (number, rest) = section[at..].split_first_chunk().ok_or_else(cut)?;
        let length = rest.iter().position(|&byte| byte == 0).ok_or_else(cut)?;
        entries.push((u32::from_le_bytes(*number), String::from_utf8_lossy(&rest[..length]).into_owned()));
        at = (at + 4 + length + 1).next_multiple_of(4);
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks() -> Marks {
        let mark = |kind, name: &str| vec![(kind, name.to_owned())];
        let marks = [(0x10, mark(Kind::Lap, "lap")), (0x20, mark(Kind::Begin, "way")), (0x30, mark(Kind::End, "way"))];
        Marks { marks: marks.into(), sizes: BTreeMap::new() }
    }

    fn log(addresses: &[u32]) -> String {
        addresses.iter().map(|address| format!("Trace 0: 0x7f49c4004a80 [00800400/{address:08x}/0/0] main\n")).collect()
    }

    #[test]
    fn what_lies_between_marks_is_counted_without_them() {
        // Laps of 1, 1, 2, 3 and 3 instructions, with a way of 2 in each of the last two.
        let addresses = [0x10, 1, 0x10, 1, 0x10, 1, 2, 0x10, 0x20, 1, 2, 0x30, 3, 0x10, 0x20, 1, 2, 0x30, 3, 0x10];
        let counts = marks().count(&log(&addresses));
        assert_eq!(counts.get("lap"), Some(&3));
        assert_eq!(counts.get("way"), None, "two laps warm up");
        let ways = [0x30, 0x20, 1, 0x30, 0x20, 1, 0x30, 7, 0x20, 1, 2, 0x30];
        assert_eq!(marks().count(&log(&ways)).get("way"), Some(&2));
    }

    #[test]
    fn what_was_logged_but_not_executed_does_not_count() {
        let mut text = log(&[0x20, 0x30, 0x20, 0x30, 0x20, 1, 2]);
        text += "cpu_io_recompile: rewound execution of TB to 00000002\n";
        text += &log(&[2, 3]);
        text += "Stopped execution of TB chain before 0x7f49c40086c0 [00000003] main\n";
        text += &log(&[3, 0x30]);
        assert_eq!(marks().count(&text).get("way"), Some(&3));
    }

    #[test]
    fn entries_are_padded_to_four() {
        assert_eq!(entries(b"\x01\0\0\0=a\0\0\x02\0\0\0<b\0"), Ok(vec![(1, "=a".to_owned()), (2, "<b".to_owned())]));
        assert!(entries(b"\x01\0\0\0=a").is_err());
        assert!(entries(b"\x01\0").is_err());
    }
}
