#[zokio_wasi::main]
async fn main() {
    println!("hello");
}
