//! An echo server on a socket that the host has opened, which is all that preview 1 has.
use embedded_io_async::{Read, Write};
use zokio_core::task::TaskArena;
use zokio_wasi::Runtime;
use zokio_wasi::p1::{Listener, Wasi};

static RUNTIME: Runtime<Wasi, 16> = Runtime::new(Wasi);
static TASKS: TaskArena<8, 2048> = TaskArena::new();

fn main() {
    let reactor = RUNTIME.reactor();
    let fd = Listener::preopened(reactor).next().unwrap();
    let serve = async {
        let listener = Listener::adopt(reactor, fd).unwrap();
        loop {
            let mut stream = listener.accept().await.unwrap();
            let echo = TASKS.task(async move {
                let mut buffer = [0; 1024];
                while let Ok(len @ 1..) = stream.read(&mut buffer).await {
                    if stream.write_all(&buffer[..len]).await.is_err() {
                        return;
                    }
                }
            });
            // Whoever comes when all are busy is sent away.
            if let Ok(task) = RUNTIME.spawner().spawn(echo) {
                task.detach();
            }
        }
    };
    RUNTIME.block_on(serve).unwrap()
}
