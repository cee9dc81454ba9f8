use tokio::sync::mpsc::channel;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let count: u32 = std::env::args().nth(2).unwrap().parse().unwrap();
    match std::env::args().nth(1).unwrap().as_str() {
        "yield" => {
            for _ in 0..count {
                tokio::task::yield_now().await;
            }
        }
        "sleep" => {
            for _ in 0..count {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        }
        "spawn" => {
            for number in 0..count {
                tokio::spawn(async move { number }).await.unwrap();
            }
        }
        _ => {
            let (there, mut from_there) = channel(1);
            let (back, mut from_back) = channel(1);
            let other = tokio::spawn(async move {
                for _ in 0..count {
                    let value: u32 = from_there.recv().await.unwrap();
                    back.send(value).await.unwrap();
                }
            });
            for number in 0..count {
                there.send(number).await.unwrap();
                assert_eq!(from_back.recv().await.unwrap(), number);
            }
            other.await.unwrap();
        }
    }
}
