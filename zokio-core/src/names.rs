//! `Debug`, and defmt's `Format`, of types that have nothing to tell but what they are: their fields are wakers, addresses, or
//! futures of others.

use crate::driver::Driver;
use crate::driver::readiness::{Poller, ReadinessDriver};
use crate::executor::{Deadline, Executor, Fifo, Observer, Priority, Roster, Running, Strategy, Teller};
use crate::future::{Chain, Group, GroupNext, Join, Map, Race, Select, Then, WakeBits, YieldNow};
use crate::memory::{Adaptive, Arena, FixedBuffer, General, Inline, Lent, StackFallback};
use crate::sync::{
    Acquire, Barrier, BarrierWait, Broadcast, BroadcastRecv, Changed, Channel, MutexGuard, MutexLock, Notified, Notify,
    Oneshot, OneshotReceiver, OneshotSender, Permit, Pipe, Receiver, Recv, Reserve, RwLockRead, RwLockReadGuard,
    RwLockWrite, RwLockWriteGuard, Semaphore, SemaphorePermit, Send, Sender, Signal, SignalWait, SpscRecv, SpscSend,
    Subscriber, WakerCell, Watch, Watcher,
};
use crate::task::{
    ArenaTask, Join as TaskJoin, JoinHandle, PoolTask, Ready, Scope, ScopedHandle, SendSpawner, Spawner, TaskArena,
};
use crate::time::{AnyStore, Clock, Heap, Interval, Sleep, SortedList, Tick, Timeout, Timers, Wheel};
use core::borrow::BorrowMut;

/// Implements both for types of the crate that it is used in, which has the feature `defmt` and the crate.
#[doc(hidden)]
#[macro_export]
macro_rules! named {
    ($([$($generics:tt)*] $type:ty = $name:literal;)+) => {
        $(
            impl<$($generics)*> core::fmt::Debug for $type {
                fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.write_str($name)
                }
            }

            #[cfg(feature = "defmt")]
            impl<$($generics)*> defmt::Format for $type {
                fn format(&self, f: defmt::Formatter<'_>) {
                    defmt::write!(f, $name)
                }
            }
        )+
    };
}

named! {
    [P: Poller, H, O] ReadinessDriver<P, H, O> = "ReadinessDriver";
    [D: Driver, C: Clock, S: Strategy, O: Observer] Executor<D, C, S, O> = "Executor";
    [] Fifo = "Fifo";
    [const LEVELS: usize, const SHARE: usize] Priority<LEVELS, SHARE> = "Priority";
    [const N: usize, const SHARE: usize] Deadline<N, SHARE> = "Deadline";
    [const N: usize] Roster<N> = "Roster";
    [] Running = "Running";
    [] Teller = "Teller";
    [A: Future, B] Chain<A, B> = "Chain";
    [F, const N: usize] Group<F, N> = "Group";
    [F, const N: usize] GroupNext<'_, F, N> = "GroupNext";
    [J] Join<J> = "Join";
    [A, F] Map<A, F> = "Map";
    [R] Race<R> = "Race";
    [A, B] Select<A, B> = "Select";
    [A, B, F] Then<A, B, F> = "Then";
    [] WakeBits = "WakeBits";
    [] YieldNow = "YieldNow";
    [S, L] Adaptive<S, L> = "Adaptive";
    [R] Arena<R> = "Arena";
    [R] FixedBuffer<R> = "FixedBuffer";
    [R] General<R> = "General";
    [const BYTES: usize] Inline<BYTES> = "Inline";
    [] Lent<'_> = "Lent";
    [const BYTES: usize, F] StackFallback<BYTES, F> = "StackFallback";
    [] Acquire<'_> = "Acquire";
    [] Barrier = "Barrier";
    [] BarrierWait<'_> = "BarrierWait";
    [T, const N: usize] Broadcast<T, N> = "Broadcast";
    [T, const N: usize] BroadcastRecv<'_, T, N> = "BroadcastRecv";
    [T] Changed<'_, T> = "Changed";
    [T, const N: usize] Channel<T, N> = "Channel";
    [T: ?Sized] MutexLock<'_, T> = "MutexLock";
    [] Notified<'_> = "Notified";
    [] Notify = "Notify";
    [T] Oneshot<T> = "Oneshot";
    [T] OneshotReceiver<'_, T> = "OneshotReceiver";
    [T] OneshotSender<'_, T> = "OneshotSender";
    [T, const N: usize] Permit<'_, T, N> = "Permit";
    [const N: usize] Pipe<N> = "Pipe";
    [T, const N: usize] Receiver<'_, T, N> = "Receiver";
    [T, const N: usize] Recv<'_, T, N> = "Recv";
    [T, const N: usize] Reserve<'_, T, N> = "Reserve";
    [T: ?Sized] RwLockRead<'_, T> = "RwLockRead";
    [T: ?Sized] RwLockWrite<'_, T> = "RwLockWrite";
    [] Semaphore = "Semaphore";
    [] SemaphorePermit<'_> = "SemaphorePermit";
    [T, const N: usize] Send<'_, T, N> = "Send";
    [T, const N: usize] Sender<'_, T, N> = "Sender";
    [T] Signal<T> = "Signal";
    [T] SignalWait<'_, T> = "SignalWait";
    [T, const N: usize] SpscRecv<'_, '_, T, N> = "SpscRecv";
    [T, const N: usize] SpscSend<'_, '_, T, N> = "SpscSend";
    [T, const N: usize] Subscriber<'_, T, N> = "Subscriber";
    [] WakerCell = "WakerCell";
    [T] Watch<T> = "Watch";
    [T] Watcher<'_, T> = "Watcher";
    [F: Future + 'static, const SLOTS: usize, const BYTES: usize, K] ArenaTask<F, SLOTS, BYTES, K> = "ArenaTask";
    [const SLOTS: usize, const BYTES: usize] TaskArena<SLOTS, BYTES> = "TaskArena";
    [T, H: BorrowMut<JoinHandle<T>>] TaskJoin<T, H> = "Join";
    [F: Future + 'static, M] PoolTask<F, M> = "PoolTask";
    [U] Ready<U> = "Ready";
    [const SLOTS: usize, const BYTES: usize] Scope<'_, SLOTS, BYTES> = "Scope";
    [T, const BYTES: usize] ScopedHandle<'_, T, BYTES> = "ScopedHandle";
    [] SendSpawner = "SendSpawner";
    [] Spawner = "Spawner";
    [] AnyStore = "AnyStore";
    [] Heap = "Heap";
    [C] Interval<C> = "Interval";
    [C: Clock] Sleep<C> = "Sleep";
    [] SortedList = "SortedList";
    [C: Clock] Tick<'_, C> = "Tick";
    [F, C: Clock] Timeout<F, C> = "Timeout";
    [S] Timers<S> = "Timers";
    [] Wheel = "Wheel";
}

/// Of guards, what they guard.
macro_rules! as_value {
    ($($guard:ident)+) => {
        $(
            impl<T: ?Sized + core::fmt::Debug> core::fmt::Debug for $guard<'_, T> {
                fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    (**self).fmt(f)
                }
            }

            #[cfg(feature = "defmt")]
            impl<T: ?Sized + core::fmt::Debug> defmt::Format for $guard<'_, T> {
                fn format(&self, f: defmt::Formatter<'_>) {
                    defmt::Debug2Format(self).format(f);
                }
            }
        )+
    };
}

as_value!(MutexGuard RwLockReadGuard RwLockWriteGuard);
