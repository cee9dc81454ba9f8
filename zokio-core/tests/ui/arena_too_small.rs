use zokio_core::task::TaskArena;

static ARENA: TaskArena<2, 64> = TaskArena::new();

fn main() {
    let _ = ARENA.task(async {
        let big = [1u8; 96];
        core::future::pending::<()>().await;
        core::hint::black_box(&big);
    });
}
