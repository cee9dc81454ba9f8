//! The store against a `HashMap`.

use super::*;
use std::collections::HashMap;

const KEYS: usize = 11;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// A small table with many more keys than slots, so that clusters form, wrap around and dissolve.
#[test]
fn behaves_like_a_hash_map() {
    for seed in 0..40 {
        let mut random = Random(seed);
        let mut store = Store::<KEYS, 8, 8>::new(seed);
        let mut model: HashMap<Vec<u8>, (Vec<u8>, Option<Instant>)> = HashMap::new();
        for step in 0..4_000u64 {
            let key = random.below(25).to_string().repeat(2).into_bytes();
            let place = store.locate(&key);
            assert_eq!(place.slot.is_some(), model.contains_key(&key));
            match random.below(10) {
                0..4 => {
                    let value = step.to_string().into_bytes();
                    let expected = model.contains_key(&key) || model.len() < KEYS;
                    assert_eq!(store.put(place, &key, &value).is_ok(), expected);
                    if expected {
                        let deadline = model.get(&key).and_then(|(_, deadline)| *deadline);
                        model.insert(key, (value, deadline));
                    }
                }
                4..7 => {
                    if let Some(slot) = place.slot {
                        store.remove(slot);
                        model.remove(&key);
                    }
                }
                7 => {
                    let deadline = (random.below(3) > 0).then(|| Instant::from_nanos(step + random.below(200)));
                    if let Some(slot) = place.slot {
                        store.set_deadline(slot, deadline);
                        model.get_mut(&key).unwrap().1 = deadline;
                    }
                }
                8 => {
                    let now = Instant::from_nanos(step);
                    while let Some(slot) = store.due(now) {
                        let (_, deadline) = model.remove(store.key(slot)).unwrap();
                        assert!(deadline.unwrap() <= now);
                        store.remove(slot);
                    }
                    assert!(model.values().all(|(_, deadline)| deadline.is_none_or(|deadline| deadline > now)));
                }
                _ if random.below(50) == 0 => {
                    store.clear();
                    model.clear();
                }
                _ => {}
            }
            assert_eq!(store.len(), model.len());
            assert_eq!(store.free(), KEYS - model.len());
            assert_eq!(store.volatile(), model.values().filter(|(_, deadline)| deadline.is_some()).count());
            assert_eq!(store.first_deadline(), model.values().filter_map(|(_, deadline)| *deadline).min());
            for (key, (value, deadline)) in &model {
                let slot = store.find(key).expect("a key of the model");
                assert_eq!((store.key(slot), store.value(slot)), (&key[..], &value[..]));
                assert_eq!(store.deadline(slot), *deadline);
            }
        }
    }
}

#[test]
fn says_what_does_not_fit() {
    let mut store = Store::<2, 3, 4>::new(0);
    let mut put = |key: &str, value: &str| store.put(store.locate(key.as_bytes()), key.as_bytes(), value.as_bytes());
    assert_eq!(put("four", "x"), Err(Unfit::Key));
    assert_eq!(put("key", "fiver"), Err(Unfit::Value));
    assert!(put("key", "four").is_ok());
    assert!(put("", "").is_ok());
    assert_eq!(put("abc", "1"), Err(Unfit::Full));
    assert!(put("key", "two").is_ok(), "a key that is there can be overwritten in a full store");
}

#[test]
fn a_full_store_that_was_emptied_takes_as_many_keys_again() {
    let mut store = Store::<5, 4, 4>::new(9);
    for round in 0..4u8 {
        for key in 0..5u8 {
            let key = [round, key];
            store.put(store.locate(&key), &key, b"v").unwrap();
        }
        for key in 0..5u8 {
            let slot = store.find(&[round, key]).unwrap();
            store.remove(slot);
        }
        assert_eq!(store.len(), 0);
    }
}
