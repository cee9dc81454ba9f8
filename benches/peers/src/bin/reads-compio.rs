//! Reads of a file on compio over io_uring: `reads-compio PATH random|sequential MILLISECONDS`.

use compio::fs::File;
use compio::io::AsyncReadAt;
use std::rc::Rc;
use zokio_peers::reads::Plan;

async fn reader(plan: Rc<Plan>, file: Rc<File>) {
    let mut buffer = Vec::with_capacity(plan.size());
    while let Some(offset) = plan.next() {
        let read;
        buffer.clear();
        (read, buffer) = file.read_at(buffer, offset).await.into();
        read.expect("a read");
        plan.read(offset, &buffer);
    }
}

fn main() -> std::io::Result<()> {
    compio::runtime::Runtime::new()?.block_on(async {
        let plan = Rc::new(Plan::from_args(0));
        let file = Rc::new(File::open(&plan.path).await?);
        let reader = |_| compio::runtime::spawn(reader(plan.clone(), file.clone()));
        let readers: Vec<_> = (0..plan.depth()).map(reader).collect();
        for reader in readers {
            let _ = reader.await;
        }
        plan.report();
        Ok(())
    })
}
