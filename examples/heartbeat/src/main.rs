//! The heartbeat on a host: io_uring where the kernel has it, else epoll.
use heartbeat::heartbeat;
use zokio_core::future::join;
use zokio_std::{Runtime, spawn_local, time::clock};

fn main() -> std::io::Result<()> {
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        // Two tasks on one thread; they need not be `Send`, and they give their results back.
        let left = spawn_local(heartbeat(clock(), |beat| println!("left {beat}")));
        let right = spawn_local(heartbeat(clock(), |beat| println!("right {beat}")));
        let ended = join((left, right)).await;
        assert!(matches!(ended, (Ok(()), Ok(()))));
    });
    println!("done over {:?}", runtime.driver_kind());
    Ok(())
}
