//! Reads of a file on tokio, by its pool of blocking threads: `reads-tokio PATH random|sequential MILLISECONDS`.

use std::os::unix::fs::FileExt;
use std::rc::Rc;
use std::sync::Arc;
use tokio::task::{LocalSet, spawn_blocking, spawn_local};
use zokio_peers::reads::Plan;

async fn reader(plan: Rc<Plan>, file: Arc<std::fs::File>) {
    let mut buffer = vec![0; plan.size()];
    while let Some(offset) = plan.next() {
        let file = file.clone();
        // What tokio's own file does for each read, without its copy and its cursor.
        let read = spawn_blocking(move || {
            let read = file.read_at(&mut buffer, offset);
            (read, buffer)
        });
        let len;
        (len, buffer) = read.await.expect("a thread");
        plan.read(offset, &buffer[..len.expect("a read")]);
    }
}

fn main() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let plan = Rc::new(Plan::from_args(0));
        let file = Arc::new(std::fs::File::open(&plan.path)?);
        let readers: Vec<_> = (0..plan.depth()).map(|_| spawn_local(reader(plan.clone(), file.clone()))).collect();
        for reader in readers {
            reader.await.expect("a reader");
        }
        plan.report();
        Ok(())
    })
}
