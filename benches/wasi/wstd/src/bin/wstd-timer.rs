#[wstd::main]
async fn main() {
    let start = std::time::Instant::now();
    for _ in 0..20 {
        wstd::task::sleep(wstd::time::Duration::from_millis(1)).await;
    }
    println!("{}", start.elapsed().as_micros());
}
