//! By hand, without a runtime: what the work costs at least. A task is a closure in a box, called through a pointer and put into a
//! queue; nobody can wake, abort or join it, and nothing can be awaited in it.

use super::{COUNT, LIVE_TIMERS, Runtime, long_from_now};
use std::cell::Cell;
use std::collections::VecDeque;
use std::hint::black_box;
use std::task::Poll;
use std::time::{Duration, Instant};

type Task = Box<dyn FnMut() -> Poll<u64>>;

/// A queue of tasks.
pub struct ByHand(VecDeque<Task>);

impl ByHand {
    fn spawn(&mut self, task: impl FnMut() -> Poll<u64> + 'static) {
        // The compiler must not see which task it is.
        self.0.push_back(black_box(Box::new(task)));
    }

    /// Runs all tasks, in turn; the sum of what they return.
    fn run(&mut self) -> u64 {
        let mut sum = 0;
        while let Some(mut task) = self.0.pop_front() {
            match task() {
                Poll::Ready(number) => sum += number,
                Poll::Pending => self.0.push_back(task),
            }
        }
        sum
    }
}

impl Runtime for ByHand {
    const NAME: &'static str = "by hand";

    fn new() -> Self {
        Self(VecDeque::with_capacity(COUNT as usize))
    }

    fn spawn_join(&mut self) -> u64 {
        let mut sum = 0;
        for number in 0..COUNT {
            self.spawn(move || Poll::Ready(number));
            sum += self.run();
        }
        sum
    }

    fn spawn_many(&mut self) -> u64 {
        (0..COUNT).for_each(|number| self.spawn(move || Poll::Ready(number)));
        self.run()
    }

    fn yields(&mut self) -> u64 {
        fn count() -> impl FnMut() -> Poll<u64> {
            let (mut number, mut sum) = (0, 0);
            move || {
                if number == COUNT {
                    return Poll::Ready(sum);
                }
                sum += number;
                number += 1;
                Poll::Pending
            }
        }
        self.spawn(count());
        self.spawn(count());
        self.run() / 2
    }

    fn ping_pong(&mut self) -> u64 {
        thread_local! {
            static THERE: Cell<Option<u64>> = const { Cell::new(None) };
            static BACK: Cell<Option<u64>> = const { Cell::new(None) };
        }
        let (mut number, mut sum) = (0, 0);
        self.spawn(move || {
            if let Some(answer) = BACK.take() {
                sum += answer;
                number += 1;
            }
            if number == COUNT {
                return Poll::Ready(sum);
            }
            THERE.set(Some(number));
            Poll::Pending
        });
        let mut answered = 0;
        self.spawn(move || {
            if let Some(question) = THERE.take() {
                BACK.set(Some(question));
                answered += 1;
            }
            if answered == COUNT { Poll::Ready(0) } else { Poll::Pending }
        });
        self.run()
    }

    /// The clock, and a place in a list.
    fn timer_cancel(&mut self) -> u64 {
        let mut deadlines = Vec::with_capacity(1);
        let mut sum = 0;
        for number in 0..COUNT {
            deadlines.push(black_box(Instant::now() + Duration::from_secs(60)));
            sum += number * black_box(&mut deadlines).pop().map_or(0, |_| 1);
        }
        sum
    }

    /// The clock, a box, and a place in a list.
    fn live_timers(&mut self) -> u64 {
        let mut deadlines = Vec::with_capacity(LIVE_TIMERS as usize);
        for number in 0..LIVE_TIMERS {
            deadlines.push(Box::new(Instant::now() + long_from_now(number)));
        }
        black_box(&deadlines).len() as u64
    }
}
