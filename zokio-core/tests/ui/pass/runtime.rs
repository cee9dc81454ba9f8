#[path = "../parts/board.rs"]
mod board;

zokio_core::runtime! {
    /// Documentation of one's own.
    pub mod runtime {
        machine: board::Board,
        config: Config::new().tasks(2, 32).memory(MemoryChoice::StackFallback, 256).queue(4).store(StoreChoice::Heap),
    }
}

const _: () = assert!(runtime::REPORT.ram_bytes <= 1024);
static JOBS: runtime::Queue<u8> = runtime::Queue::new();

fn main() {
    let Ok(mut executor) = runtime::executor();
    JOBS.push(1).unwrap();
    let task = executor.spawner().spawn(runtime::TASKS.task(async { JOBS.pop() })).unwrap();
    assert_eq!(executor.block_on(task.into_future()).unwrap(), Ok(Some(1)));
    let text = allocator_api2::boxed::Box::new_in([1u8; 100], &runtime::MEMORY);
    assert_eq!(text[99], 1);
    urgent::run();
}

mod urgent {
    use super::board;
    use std::sync::Mutex;

    zokio_core::runtime! {
        mod runtime {
            machine: board::Board,
            config: Config::new().priority(4),
        }
    }

    zokio_core::runtime! {
        mod by_deadline {
            machine: board::Board,
            config: Config::new().deadline(2),
        }
    }

    static ORDER: Mutex<Vec<&str>> = Mutex::new(Vec::new());

    #[zokio_core::task]
    async fn log() {
        ORDER.lock().unwrap().push("log");
    }

    #[zokio_core::task(priority = 3, deadline = core::time::Duration::from_millis(1))]
    async fn control() {
        ORDER.lock().unwrap().push("control");
    }

    pub fn run() {
        let Ok(mut by_priority) = runtime::executor();
        by_priority.spawner().spawn(log()).unwrap().detach();
        by_priority.spawner().spawn(control()).unwrap().detach();
        by_priority.run_until_stalled().unwrap();
        let Ok(mut by_deadline) = by_deadline::executor();
        by_deadline.spawner().spawn(log()).unwrap().detach();
        by_deadline.spawner().spawn(control()).unwrap().detach();
        by_deadline.run_until_stalled().unwrap();
        assert_eq!(*ORDER.lock().unwrap(), ["control", "log", "control", "log"]);
    }
}
