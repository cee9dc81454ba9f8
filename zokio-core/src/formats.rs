//! What defmt writes of types whose `Debug` is more than their fields: the same as that.

#[cfg(feature = "events")]
use crate::events::TaskId;
use crate::executor::Names;
use crate::future::GroupFull;
use crate::memory::{Owned, Strategy};
use crate::pool::{Exhausted, Pool, Pooled};
use crate::queue::{Consumer, Full, Mpmc, Overflow, Owner, Producer, Spsc, StealQueue, Stealer};
use crate::sync::{Mutex, OnceCell, RwLock, SpscChannel, SpscPermit, SpscReceiver, SpscSender};
use crate::task::{AsyncFn, JoinHandle, ScopeFull, SpawnError};
use crate::time::Instant;
use core::fmt::Debug;
use defmt::{Debug2Format, Format, Formatter};

macro_rules! as_debug {
    ($([$($generics:tt)*] $type:ty;)+) => {
        $(impl<$($generics)*> Format for $type {
            fn format(&self, f: Formatter<'_>) {
                Debug2Format(self).format(f);
            }
        })+
    };
}

as_debug! {
    [] Names;
    [F] GroupFull<F>;
    [T: Debug, S: Strategy] Owned<'_, T, S>;
    [T] Exhausted<T>;
    [T, const N: usize] Pool<T, N>;
    [T: Debug] Pooled<'_, T>;
    [T] Full<T>;
    [T, const N: usize] Mpmc<T, N>;
    [T, const N: usize] Spsc<T, N>;
    [T, const N: usize] Producer<'_, T, N>;
    [T, const N: usize] Consumer<'_, T, N>;
    [T, const N: usize] StealQueue<T, N>;
    [T, const N: usize] Owner<'_, T, N>;
    [T, const N: usize] Overflow<'_, T, N>;
    [T, const N: usize] Stealer<'_, T, N>;
    [T: Debug + ?Sized] Mutex<T>;
    [T: Debug + ?Sized] RwLock<T>;
    [T: Debug] OnceCell<T>;
    [T, const N: usize] SpscChannel<T, N>;
    [T, const N: usize] SpscSender<'_, T, N>;
    [T, const N: usize] SpscReceiver<'_, T, N>;
    [T, const N: usize] SpscPermit<'_, '_, T, N>;
    [M, F, T, E] AsyncFn<M, F, T, E>;
    [T] JoinHandle<T>;
    [F] ScopeFull<F>;
    [S] SpawnError<S>;
}

impl Format for Instant {
    fn format(&self, f: Formatter<'_>) {
        defmt::write!(f, "{=u64} ns", self.as_nanos());
    }
}

#[cfg(feature = "events")]
impl Format for TaskId {
    fn format(&self, f: Formatter<'_>) {
        defmt::write!(f, "{=usize:#x}", self.0);
    }
}
