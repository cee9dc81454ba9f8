use zokio_core::future::yield_now;
use zokio_core::sync::Channel;

static THERE: Channel<u32, 1> = Channel::new();
static BACK: Channel<u32, 1> = Channel::new();

#[zokio_wasi::main]
async fn main() {
    let count: u32 = std::env::args().nth(2).unwrap().parse().unwrap();
    match std::env::args().nth(1).unwrap().as_str() {
        "yield" => {
            for _ in 0..count {
                yield_now().await;
            }
        }
        "spawn" => {
            for number in 0..count {
                zokio_wasi::spawn_local(async move { number }).await.unwrap();
            }
        }
        _ => {
            let other = async move {
                for _ in 0..count {
                    let value = THERE.recv().await.unwrap();
                    BACK.send(value).await.unwrap();
                }
            };
            let other = zokio_wasi::spawn_local(other);
            for number in 0..count {
                THERE.send(number).await.unwrap();
                assert_eq!(BACK.recv().await.unwrap(), number);
            }
            other.await.unwrap();
        }
    }
}
