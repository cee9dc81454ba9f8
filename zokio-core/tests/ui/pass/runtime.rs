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
}
