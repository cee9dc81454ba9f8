//! Many connections: at once, and one after the other.

use crate::clients::{Clients, Kind, MESSAGE};
use crate::{Case, Scale, descriptors};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::time::sleep;
use zokio_std::{Builder, spawn_local};

pub const CASES: &[Case] = &[("many_connections_at_once", at_once), ("storms_of_connections", storms)];

/// Sends back what comes, until the end; counts it.
pub async fn echo(mut stream: TcpStream, bytes: Rc<Cell<usize>>) {
    let mut message = [0; 4 * MESSAGE];
    while let Ok(len @ 1..) = stream.read(&mut message).await {
        bytes.set(bytes.get() + len);
        if stream.write_all(&message[..len]).await.is_err() {
            return;
        }
    }
}

/// Echoes every connection until `clients` have ended; how many there were, and the bytes.
pub async fn serve(mut listener: TcpListener, clients: &mut Clients) -> (usize, usize) {
    let (bytes, open) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0usize)));
    let (counted, now_open) = (bytes.clone(), open.clone());
    let accepted = Rc::new(Cell::new(0));
    let so_far = accepted.clone();
    let address = listener.local_addr().unwrap();
    let accepting = spawn_local(async move {
        loop {
            let (stream, _) = listener.accept_patiently().await.unwrap();
            so_far.set(so_far.get() + 1);
            now_open.set(now_open.get() + 1);
            let (bytes, open) = (counted.clone(), now_open.clone());
            spawn_local(async move {
                echo(stream, bytes).await;
                open.set(open.get() - 1);
            })
            .detach();
        }
    });
    while !clients.have_ended() {
        sleep(Duration::from_millis(2)).await;
    }
    // The last connections of the backlog are of clients that have gone. One more stands behind them all.
    let mut last = TcpStream::connect(address).await.unwrap();
    last.write_all(&[0]).await.unwrap();
    last.read_exact(&mut [0]).await.unwrap();
    drop(last);
    while open.get() > 0 {
        sleep(Duration::from_millis(2)).await;
    }
    accepting.abort();
    (accepted.get() - 1, bytes.get() - 1)
}

fn at_once(builder: Builder, scale: Scale) {
    const ROUNDS: usize = 3;
    let before = descriptors();
    let runtime = builder.build().unwrap();
    let (count, all) = (scale.connections, scale.connections * ROUNDS * MESSAGE);
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut clients = Clients::start(Kind::Echo, listener.local_addr().unwrap(), count, ROUNDS);
        assert_eq!(serve(listener, &mut clients).await, (count, all));
        assert_eq!(clients.end(), all);
    });
    drop(runtime);
    assert_eq!(descriptors(), before);
}

fn storms(builder: Builder, scale: Scale) {
    let before = descriptors();
    let runtime = builder.build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut clients = Clients::start(Kind::Storm, listener.local_addr().unwrap(), scale.storm, 0);
        let (accepted, bytes) = serve(listener, &mut clients).await;
        clients.end();
        // Those that were reset in the backlog were never seen.
        assert!((scale.storm / 2..=scale.storm).contains(&accepted), "{accepted} of {}", scale.storm);
        // Half messages arrive whole; of those that were reset, what was read before.
        let halves = scale.storm.div_ceil(4) * (MESSAGE / 2);
        assert!((halves..=halves + scale.storm / 4 * MESSAGE).contains(&bytes), "{bytes} bytes");
    });
    drop(runtime);
    assert_eq!(descriptors(), before);
}
