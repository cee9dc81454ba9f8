//! Reads of a file on Zokio: `reads-zokio uring|epoll PATH random|sequential MILLISECONDS`.

use std::rc::Rc;
use zokio_peers::reads::Plan;
use zokio_std::fs::File;
use zokio_std::{Runtime, spawn_local};

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
    let kind = std::env::args().nth(1).as_deref().unwrap_or("auto").parse().map_err(std::io::Error::other)?;
    Runtime::builder().driver(kind).build()?.block_on(async {
        let plan = Rc::new(Plan::from_args(1));
        let file = Rc::new(File::open(&plan.path).await?);
        let readers: Vec<_> = (0..plan.depth()).map(|_| spawn_local(reader(plan.clone(), file.clone()))).collect();
        for reader in readers {
            reader.await.expect("a reader");
        }
        plan.report();
        Ok(())
    })
}
