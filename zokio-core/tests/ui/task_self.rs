struct Led;

impl Led {
    #[zokio_core::task]
    async fn blink(self) {}
}

fn main() {}
