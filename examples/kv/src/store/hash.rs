//! HalfSipHash: a keyed hash in 32-bit words.

/// A hash function that nobody can predict who does not know its seed.
///
/// HalfSipHash (Aumasson and Bernstein) is SipHash in 32-bit words, so that it is quick on a 32-bit board too. With a
/// random seed a client cannot choose keys that all fall into one place of the table. Rounds 1-3, as hash tables use it.
#[derive(Clone, Copy)]
pub(crate) struct Hash {
    seed: [u32; 2],
}

impl Hash {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed: [seed as u32, (seed >> 32) as u32] }
    }

    #[inline]
    pub(crate) fn of(&self, bytes: &[u8]) -> u32 {
        self.rounds::<1, 3>(bytes)
    }

    #[inline]
    fn rounds<const BLOCK: usize, const END: usize>(&self, bytes: &[u8]) -> u32 {
        let [low, high] = self.seed;
        let mut state = State([low, high, 0x6c79_6765 ^ low, 0x7465_6462 ^ high]);
        let (words, tail) = bytes.as_chunks::<4>();
        for word in words {
            state.block::<BLOCK>(u32::from_le_bytes(*word));
        }
        let mut last = (bytes.len() as u32) << 24;
        for (index, byte) in tail.iter().enumerate() {
            last |= (*byte as u32) << (8 * index);
        }
        state.block::<BLOCK>(last);
        state.0[2] ^= 0xff;
        for _ in 0..END {
            state.round();
        }
        state.0[1] ^ state.0[3]
    }
}

struct State([u32; 4]);

impl State {
    #[inline]
    fn block<const ROUNDS: usize>(&mut self, word: u32) {
        self.0[3] ^= word;
        for _ in 0..ROUNDS {
            self.round();
        }
        self.0[0] ^= word;
    }

    #[inline]
    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.0;
        a = a.wrapping_add(b);
        b = b.rotate_left(5) ^ a;
        a = a.rotate_left(16);
        c = c.wrapping_add(d);
        d = d.rotate_left(8) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(7) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(13) ^ c;
        c = c.rotate_left(16);
        self.0 = [a, b, c, d];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of the reference for HalfSipHash-2-4, key and messages 0, 1, 2, ….
    #[test]
    fn agrees_with_the_reference() {
        let hash = Hash::new(0x0706_0504_0302_0100);
        let message: Vec<u8> = (0..64).collect();
        let expected = [0x5b9f_35a9, 0xb85a_4727, 0x03a6_62fa, 0x04e7_fe8a, 0x8946_6e2a, 0x69b6_fac5, 0x23fc_6358];
        for (length, expected) in expected.into_iter().enumerate() {
            assert_eq!(hash.rounds::<2, 4>(&message[..length]), expected, "length {length}");
        }
    }

    #[test]
    fn the_seed_matters() {
        assert_ne!(Hash::new(1).of(b"key"), Hash::new(2).of(b"key"));
    }
}
