use embedded_io_async::Read;
use zokio_core::future::yield_now;
use zokio_core::sync::Channel;

static THERE: Channel<u32, 1> = Channel::new();
static BACK: Channel<u32, 1> = Channel::new();

// A component's tasks are on the heap; a module of preview 1 has none, so its tasks are in static slots.
#[cfg(target_env = "p2")]
use zokio_wasi::spawn_local;
#[cfg(target_env = "p1")]
fn spawn_local<F: Future + 'static>(task: F) -> zokio_core::task::JoinHandle<F::Output> {
    static TASKS: zokio_core::task::TaskArena<2, 128> = zokio_core::task::TaskArena::new();
    zokio_wasi::spawner().spawn(TASKS.task(task)).unwrap()
}

#[zokio_wasi::main]
async fn main() {
    let count: u32 = std::env::args().nth(2).unwrap().parse().unwrap();
    match std::env::args().nth(1).unwrap().as_str() {
        "yield" => {
            for _ in 0..count {
                yield_now().await;
            }
        }
        "sleep" => {
            for _ in 0..count {
                zokio_wasi::sleep(std::time::Duration::from_millis(1)).await;
            }
        }
        "read" => {
            let mut stdin = zokio_wasi::stdin().unwrap();
            for _ in 0..count {
                println!();
                assert_eq!(stdin.read(&mut [0; 16]).await.unwrap(), 1);
            }
        }
        "spawn" => {
            for number in 0..count {
                spawn_local(async move { number }).await.unwrap();
            }
        }
        _ => {
            let other = async move {
                for _ in 0..count {
                    let value = THERE.recv().await.unwrap();
                    BACK.send(value).await.unwrap();
                }
            };
            let other = spawn_local(other);
            for number in 0..count {
                THERE.send(number).await.unwrap();
                assert_eq!(BACK.recv().await.unwrap(), number);
            }
            other.await.unwrap();
        }
    }
}
