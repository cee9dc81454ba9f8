use zokio_core::task::{ScopedHandle, Scope, scope};

async fn escapes(out: &mut Option<ScopedHandle<'static, u32, 64>>) {
    scope(async |s: &Scope<'_, 1, 64>| {
        *out = s.spawn(async { 1u32 }).ok();
    })
    .await
}

fn main() {
    drop(escapes(&mut None));
}
