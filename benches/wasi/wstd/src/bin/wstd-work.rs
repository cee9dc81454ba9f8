// wstd has no channel and no yield of its own; these two are its neighbours'.
use async_channel::bounded;
use futures_lite::future::yield_now;
use wstd::runtime::spawn;

#[wstd::main]
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
                wstd::task::sleep(wstd::time::Duration::from_millis(1)).await;
            }
        }
        "read" => {
            let mut stdin = wstd::io::stdin();
            for _ in 0..count {
                println!();
                assert_eq!(wstd::io::AsyncRead::read(&mut stdin, &mut [0; 16]).await.unwrap(), 1);
            }
        }
        "spawn" => {
            for number in 0..count {
                assert_eq!(spawn(async move { number }).await, number);
            }
        }
        _ => {
            let (there, from_there) = bounded(1);
            let (back, from_back) = bounded(1);
            let other = spawn(async move {
                for _ in 0..count {
                    let value: u32 = from_there.recv().await.unwrap();
                    back.send(value).await.unwrap();
                }
            });
            for number in 0..count {
                there.send(number).await.unwrap();
                assert_eq!(from_back.recv().await.unwrap(), number);
            }
            other.await;
        }
    }
}
