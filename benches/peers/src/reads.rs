//! Reading a file: random blocks, many at once, or all of it in large pieces, one after the other. What is read is looked at.

use std::cell::Cell;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Bytes of a random read.
pub const BLOCK: usize = 4096;
/// Bytes of a sequential read.
pub const PIECE: usize = 512 << 10;
/// Random reads at once.
pub const DEPTH: usize = 32;

/// What a program is to do.
pub struct Plan {
    pub path: PathBuf,
    pub random: bool,
    /// Bytes in the file.
    pub len: u64,
    end: Instant,
    start: Instant,
    state: Cell<u64>,
    reads: Cell<u64>,
    bytes: Cell<u64>,
}

impl Plan {
    /// `PROGRAM PATH random|sequential MILLISECONDS`, from the `skip`-th argument on. Reads the whole file once, so that it is in
    /// memory for everybody.
    pub fn from_args(skip: usize) -> Self {
        let mut args = std::env::args().skip(1 + skip);
        let mut next = || args.next().expect("PATH random|sequential MILLISECONDS");
        let (path, random, millis) = (PathBuf::from(next()), next() == "random", next().parse().expect("a number"));
        let file = std::fs::File::open(&path).expect("the file");
        let len = file.metadata().expect("its length").len();
        let mut piece = vec![0; PIECE];
        for offset in (0..len).step_by(PIECE) {
            file.read_exact_at(&mut piece, offset).expect("its bytes");
        }
        let start = Instant::now();
        let (state, reads, bytes) = (Cell::new(0x9e37_79b9_7f4a_7c15), Cell::new(0), Cell::new(0));
        Self { path, random, len, end: start + Duration::from_millis(millis), start, state, reads, bytes }
    }

    /// How many bytes a read asks for.
    pub fn size(&self) -> usize {
        if self.random { BLOCK } else { PIECE }
    }

    /// How many reads there are at once.
    pub fn depth(&self) -> usize {
        if self.random { DEPTH } else { 1 }
    }

    /// Where to read next; `None` when the time is up.
    pub fn next(&self) -> Option<u64> {
        // The clock is not what is measured.
        if self.reads.get() % 64 == 0 && Instant::now() >= self.end {
            return None;
        }
        if !self.random {
            return Some(self.bytes.get() % self.len);
        }
        let mut state = self.state.get();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.state.set(state);
        Some((state >> 20) % (self.len / BLOCK as u64) * BLOCK as u64)
    }

    /// Takes in what was read at `offset`: each block begins with its number.
    pub fn read(&self, offset: u64, bytes: &[u8]) {
        assert_eq!(bytes.len(), self.size(), "a short read at {offset}");
        let number = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
        assert_eq!(number, offset / BLOCK as u64, "another block at {offset}");
        self.reads.set(self.reads.get() + 1);
        self.bytes.set(self.bytes.get() + bytes.len() as u64);
    }

    /// Prints one line of JSON.
    pub fn report(&self) {
        let seconds = self.start.elapsed().as_secs_f64();
        println!("{{\"reads\":{},\"seconds\":{seconds}}}", self.reads.get());
    }
}
