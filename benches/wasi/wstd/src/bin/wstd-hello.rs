#[wstd::main]
async fn main() {
    println!("hello");
}
