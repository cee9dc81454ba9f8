use zokio_core::task::{Scope, scope};

async fn wrong() {
    scope(async |s: &Scope<'_, 1, 64>| {
        let local = 1u32;
        let _ = s.spawn(async { local + *&local });
        let _ = &local;
    })
    .await
}

fn main() {
    drop(wrong());
}
