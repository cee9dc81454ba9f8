use zokio_core::executor::Strategy;

struct Mine;
impl Strategy for Mine {}

fn main() {}
