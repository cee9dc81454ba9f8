//! Reads of a file on monoio over io_uring: `reads-monoio PATH random|sequential MILLISECONDS`.

use monoio::fs::File;
use std::rc::Rc;
use zokio_peers::reads::Plan;

async fn reader(plan: Rc<Plan>, file: Rc<File>) {
    let mut buffer = Vec::with_capacity(plan.size());
    while let Some(offset) = plan.next() {
        let read;
        buffer.clear();
        (read, buffer) = file.read_at(buffer, offset).await;
        read.expect("a read");
        plan.read(offset, &buffer);
    }
}

fn main() -> std::io::Result<()> {
    monoio::RuntimeBuilder::<monoio::IoUringDriver>::new().build()?.block_on(async {
        let plan = Rc::new(Plan::from_args(0));
        let file = Rc::new(File::open(&plan.path).await?);
        let readers: Vec<_> = (0..plan.depth()).map(|_| monoio::spawn(reader(plan.clone(), file.clone()))).collect();
        for reader in readers {
            reader.await;
        }
        plan.report();
        Ok(())
    })
}
