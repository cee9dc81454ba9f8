//! Which key expires next: a binary heap that knows where each key is in it.

/// "No deadline" in `due`; as a deadline it means never, too.
const NEVER: u64 = u64::MAX;

/// The deadlines of up to `N` slots, in nanoseconds of the clock. Setting and clearing cost O(log N), the first O(1).
///
/// All zeros when empty, so that a static one takes no place in flash.
pub(crate) struct Deadlines<const N: usize> {
    /// By slot.
    due: [u64; N],
    /// By slot: its place in the heap plus one, or 0.
    place: [u32; N],
    /// The heap: slots, each no later than the two below it.
    heap: [u32; N],
    length: usize,
}

impl<const N: usize> Deadlines<N> {
    pub(crate) const fn new() -> Self {
        Self { due: [0; N], place: [0; N], heap: [0; N], length: 0 }
    }

    /// How many slots have a deadline.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn clear(&mut self) {
        self.place.fill(0);
        self.length = 0;
    }

    pub(crate) fn get(&self, slot: u32) -> Option<u64> {
        match self.place.get(slot as usize) {
            None | Some(0) => None,
            Some(_) => Some(self.due(slot)),
        }
    }

    /// The earliest deadline and whose it is.
    pub(crate) fn first(&self) -> Option<(u64, u32)> {
        let slot = *self.heap.get(..self.length)?.first()?;
        Some((self.due(slot), slot))
    }

    pub(crate) fn set(&mut self, slot: u32, due: u64) {
        let Some(entry) = self.due.get_mut(slot as usize) else { return };
        *entry = due;
        let place = match self.place.get(slot as usize) {
            Some(0) => {
                self.length += 1;
                self.put(self.length - 1, slot);
                self.length - 1
            }
            Some(place) => *place as usize - 1,
            None => return,
        };
        let place = self.sift_up(place);
        self.sift_down(place);
    }

    pub(crate) fn remove(&mut self, slot: u32) {
        let Some(entry) = self.place.get_mut(slot as usize) else { return };
        let Some(place) = core::mem::take(entry).checked_sub(1) else { return };
        self.length -= 1;
        // The last one fills the gap.
        if let Some(last) = self.heap.get(self.length).copied()
            && last != slot
        {
            self.put(place as usize, last);
            let place = self.sift_up(place as usize);
            self.sift_down(place);
        }
    }

    fn due(&self, slot: u32) -> u64 {
        self.due.get(slot as usize).copied().unwrap_or(NEVER)
    }

    /// The slot at a place of the heap and its deadline.
    fn at(&self, place: usize) -> Option<(u64, u32)> {
        let slot = *self.heap.get(..self.length)?.get(place)?;
        Some((self.due(slot), slot))
    }

    fn put(&mut self, place: usize, slot: u32) {
        if let (Some(heap), Some(back)) = (self.heap.get_mut(place), self.place.get_mut(slot as usize)) {
            *heap = slot;
            *back = place as u32 + 1;
        }
    }

    fn sift_up(&mut self, mut place: usize) -> usize {
        let Some((due, slot)) = self.at(place) else { return place };
        while place > 0
            && let above = (place - 1) / 2
            && let Some((other, moved)) = self.at(above)
            && due < other
        {
            self.put(place, moved);
            place = above;
        }
        self.put(place, slot);
        place
    }

    fn sift_down(&mut self, mut place: usize) {
        let Some((due, slot)) = self.at(place) else { return };
        while let Some(left) = self.at(2 * place + 1) {
            let (below, (other, moved)) = match self.at(2 * place + 2) {
                Some(right) if right.0 < left.0 => (2 * place + 2, right),
                _ => (2 * place + 1, left),
            };
            if due <= other {
                break;
            }
            self.put(place, moved);
            place = below;
        }
        self.put(place, slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn behaves_like_a_sorted_map() {
        let mut random = 1u64;
        let mut heap = Deadlines::<13>::new();
        let mut model = BTreeMap::new();
        for step in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let slot = ((random >> 33) % 13) as u32;
            match (random >> 60) % 4 {
                0 => {
                    heap.remove(slot);
                    model.remove(&slot);
                }
                _ => {
                    let due = (random >> 40) % 50;
                    heap.set(slot, due);
                    model.insert(slot, due);
                }
            }
            assert_eq!(heap.len(), model.len());
            assert_eq!(heap.get(slot), model.get(&slot).copied());
            let earliest = model.values().min().copied();
            assert_eq!(heap.first().map(|(due, _)| due), earliest, "step {step}");
            if let Some((due, slot)) = heap.first() {
                assert_eq!(model[&slot], due);
            }
            for place in 1..heap.length {
                let (above, below) = (heap.heap[(place - 1) / 2], heap.heap[place]);
                assert!(heap.due[above as usize] <= heap.due[below as usize], "step {step}");
            }
            if step % 5000 == 4999 {
                heap.clear();
                model.clear();
            }
        }
    }
}
