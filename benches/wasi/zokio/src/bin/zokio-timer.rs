use zokio_wasi::sleep;

#[zokio_wasi::main]
async fn main() {
    let start = std::time::Instant::now();
    for _ in 0..20 {
        sleep(std::time::Duration::from_millis(1)).await;
    }
    println!("{}", start.elapsed().as_micros());
}
