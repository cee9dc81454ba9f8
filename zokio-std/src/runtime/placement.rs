//! On which processors workers run.

use crate::driver::system;
use std::io;

/// Where the workers of a runtime run; see [`Builder::placement`](crate::Builder::placement).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Placement {
    /// Wherever the system puts them.
    #[default]
    Anywhere,
    /// Each worker on a processor of its own (of those that the process may use), one NUMA node after the other: neighbours
    /// share a node as far as possible. With more workers than processors they begin again.
    Pinned,
    /// Each worker on any processor of one NUMA node; the nodes get equal shares of neighbouring workers.
    Nodes,
}

/// A set of processors for each worker; empty: anywhere.
#[derive(Clone, Debug, Default)]
pub(super) struct Seats(Vec<Vec<usize>>);

impl Placement {
    /// Who goes where.
    pub(super) fn plan(self, workers: usize) -> io::Result<Seats> {
        if self == Self::Anywhere {
            return Ok(Seats::default());
        }
        let allowed = system::processors()?;
        let mut nodes = nodes();
        for node in &mut nodes {
            node.retain(|processor| allowed.contains(processor));
        }
        nodes.retain(|node| !node.is_empty());
        if nodes.is_empty() {
            // No such files here: everything is one node.
            nodes.push(allowed);
        }
        Ok(Seats(seats(self, workers, &nodes)))
    }
}

fn seats(placement: Placement, workers: usize, nodes: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let processors: Vec<usize> = nodes.concat();
    let seat = |worker: usize| match placement {
        Placement::Nodes => nodes[worker * nodes.len() / workers].clone(),
        _ => vec![processors[worker % processors.len()]],
    };
    (0..workers).map(seat).collect()
}

impl Seats {
    /// Binds this thread as worker `number`. What the system refuses (a processor that has gone) is left as it is.
    pub(super) fn apply(&self, number: usize) {
        let Some(processors) = self.0.get(number) else { return };
        let _ = system::run_on(processors);
    }
}

/// The processors of each NUMA node; empty where the system does not tell.
fn nodes() -> Vec<Vec<usize>> {
    let Ok(entries) = std::fs::read_dir("/sys/devices/system/node") else { return Vec::new() };
    let mut nodes: Vec<(usize, Vec<usize>)> = entries
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix("node")?.parse().ok()?;
            let list = std::fs::read_to_string(entry.path().join("cpulist")).ok()?;
            Some((number, processors(&list)))
        })
        .collect();
    nodes.sort_unstable();
    nodes.into_iter().map(|(_, processors)| processors).collect()
}

/// What a list like `0-3,8` means.
fn processors(list: &str) -> Vec<usize> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse().ok()?..=last.parse::<usize>().ok()?)
    };
    list.trim().split(',').filter_map(range).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_processors() {
        assert_eq!(processors("0-3,8\n"), [0, 1, 2, 3, 8]);
        assert_eq!(processors("5"), [5]);
        assert_eq!(processors("\n"), [0usize; 0]);
    }

    #[test]
    fn neighbours_share_a_node() {
        let nodes = [vec![0, 2], vec![1, 3]];
        assert_eq!(seats(Placement::Pinned, 5, &nodes), [[0], [2], [1], [3], [0]]);
        assert_eq!(seats(Placement::Nodes, 4, &nodes), [[0, 2], [0, 2], [1, 3], [1, 3]]);
        assert_eq!(seats(Placement::Nodes, 1, &nodes), [[0, 2]]);
    }

    #[test]
    fn a_pinned_thread_stays() {
        let seats = Placement::Pinned.plan(2).unwrap();
        std::thread::spawn(move || {
            seats.apply(1);
            assert_eq!(system::processors().unwrap().len(), 1);
        })
        .join()
        .unwrap();
    }
}
