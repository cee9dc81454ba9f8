//! Operations that end when they are told to: one result after the other. A driver that has none refuses them.

use super::account::{contents, leaked};
use super::{Handle, Sockets, Streams};
use zokio_core::driver::{Interest, IoDriver, Key, Op, SubmitError, Wait};

/// Whether the driver has such operations; if not, it says so.
fn has_them<W: Streams>(world: &mut W, op: &Op<Handle<W>>) -> bool {
    let has = if matches!(op, Op::PollMany { .. }) { W::Driver::CAPS.poll_many } else { W::Driver::CAPS.many };
    if !has {
        refuses(world, op);
    }
    has
}

fn refuses<W: Streams>(world: &mut W, op: &Op<Handle<W>>) {
    // SAFETY: names no memory.
    let refused = unsafe { world.driver.submit(Key::new(3, 1), op) };
    assert!(matches!(refused, Err(SubmitError::Unsupported)), "{refused:?}");
}

pub fn receives_again_and_again<W: Streams>(world: W) {
    let mut world = world.with_buffers(64, 64);
    let (handle, mut peer) = world.connection();
    let op = Op::RecvMany { handle };
    if !has_them(&mut world, &op) {
        return;
    }
    let mut key = world.start(op);
    let mut seen = Vec::new();
    for round in 0..200u32 {
        let message: Vec<u8> = (0..=round % 90).map(|byte| (byte ^ round) as u8).collect();
        world.say(&mut peer, &message);
        seen.clear();
        while seen.len() < message.len() {
            let step = world.step(&mut key, op);
            seen.extend(world.pooled(step));
        }
        assert_eq!(seen, message);
    }
    world.leave(peer);
    let end = world.end(key);
    assert_eq!((end.result, end.flags.buffer), (Ok(0), None));
    world.close(handle);
}

pub fn receives_until_there_is_no_buffer<W: Streams>(world: W) {
    let mut world = world.with_buffers(4, 64);
    let (handle, mut peer) = world.connection();
    let op = Op::RecvMany { handle };
    if !has_them(&mut world, &op) {
        return;
    }
    let mut key = world.start(op);
    let bytes: Vec<u8> = (0..1000).map(|byte| byte as u8).collect();
    world.say(&mut peer, &bytes);
    let mut results = Vec::new();
    let end = loop {
        let end = world.end(key);
        results.extend(world.steps(key));
        if end.result.is_err() {
            break end;
        }
        results.push(end);
        key = world.start(op);
    };
    assert_eq!((end.result, end.flags.buffer), (Err(W::Driver::NO_BUFFER), None));
    let mut seen = Vec::new();
    for result in results {
        seen.extend(world.pooled(result));
    }
    assert_eq!(seen.len(), 4 * 64, "all buffers were used");
    // What had no buffer is still there, in order.
    seen.extend(world.receive(handle, bytes.len() - seen.len()));
    assert_eq!(seen, bytes);
    world.close(handle);
}

pub fn receives_until_it_is_cancelled<W: Streams>(world: W) {
    let mut world = world.with_buffers(256, 64);
    let (handle, mut peer) = world.connection();
    if !has_them(&mut world, &Op::RecvMany { handle }) {
        return;
    }
    let (mut sent, mut seen, mut canceled) = (Vec::new(), Vec::new(), 0);
    for round in 0..100u8 {
        let key = world.start(Op::RecvMany { handle });
        if round % 3 != 0 {
            world.turn(Wait::Poll);
        }
        let message = [round; 40];
        world.say(&mut peer, &message);
        sent.extend(message);
        world.driver.cancel(key);
        let end = world.end(key);
        canceled += 1;
        for step in world.steps(key) {
            seen.extend(world.pooled(step));
        }
        match end.result {
            Err(error) => assert_eq!(error, W::Driver::CANCELED),
            // The last step was the end.
            Ok(len) => {
                assert!(len > 0);
                seen.extend(world.pooled(end));
            }
        }
        // A cancel loses no byte: it was a step, or it is still in the socket.
        if seen.len() < sent.len() {
            seen.extend(world.receive(handle, sent.len() - seen.len()));
        }
        assert_eq!(seen, sent);
    }
    assert_eq!(canceled, 100);
    world.close(handle);
}

pub fn polls_again_and_again<W: Streams>(world: W) {
    let mut world = world.with_buffers(16, 64);
    let (handle, mut peer) = world.connection();
    let op = Op::PollMany { handle, interest: Interest::Readable };
    if !has_them(&mut world, &op) {
        return;
    }
    let mut key = world.start(op);
    refuses(&mut world, &op);
    world.settle();
    assert!(world.steps(key).is_empty(), "nothing has arrived");
    for round in 1..=50u8 {
        let message = vec![round; usize::from(round)];
        // Every third receive waits behind the poll, and is attempted after its step.
        let buf = leaked(64);
        let waits = (round % 3 == 0).then(|| world.start(Op::Recv { handle, buf }));
        world.say(&mut peer, &message);
        let step = world.step(&mut key, op);
        assert_eq!((step.key, step.result, step.flags.more, step.flags.buffer), (key, Ok(0), true, None));
        match waits {
            Some(receive) => {
                assert_eq!(world.end(receive).result, Ok(u32::from(round)));
                assert_eq!(contents(buf, round.into()), message);
            }
            None => assert_eq!(world.receive(handle, message.len()), message),
        }
        world.settle();
        world.steps(key);
    }
    world.driver.cancel(key);
    assert_eq!(world.end(key).result, Err(W::Driver::CANCELED));
    world.say(&mut peer, b"later");
    world.settle();
    assert!(world.steps(key).is_empty(), "a step after the end");
    // What arrived meanwhile is there for the next.
    assert_eq!(world.receive(handle, 5), b"later");
    let key = world.start(op);
    world.leave(peer);
    let step = world.step(&mut key.clone(), op);
    assert_eq!(step.result, Ok(0), "the end of the stream is readable");
    world.close(handle);
    assert_eq!(world.end(key).result, Err(W::Driver::CANCELED));
}

pub fn accepts_again_and_again<W: Sockets>(mut world: W) {
    let (listener, handle) = world.listener();
    let op = Op::AcceptMany { handle };
    if !has_them(&mut world, &op) {
        return;
    }
    let before = world.open_handles();
    let mut key = world.start(op);
    for _ in 0..20 {
        let peers: Vec<_> = (0..5).map(|_| world.dial(&listener)).collect();
        for _ in 0..5 {
            let handle = W::accepted(world.step(&mut key, op).result.unwrap());
            assert!(!world.is_inherited(handle), "a child process inherits no connection");
            world.close(handle);
        }
        peers.into_iter().for_each(|peer| world.leave(peer));
    }
    world.driver.cancel(key);
    assert_eq!(world.end(key).result, Err(W::Driver::CANCELED));
    assert!(world.steps(key).is_empty());
    assert_eq!(world.open_handles(), before);
}

pub fn accepted_while_it_is_cancelled_leaks_no_handle<W: Sockets>(mut world: W) {
    let (listener, handle) = world.listener();
    if !has_them(&mut world, &Op::AcceptMany { handle }) {
        return;
    }
    let before = world.open_handles();
    for round in 0..100 {
        let key = world.start(Op::AcceptMany { handle });
        if round % 2 == 0 {
            world.turn(Wait::Poll);
        }
        let peers: Vec<_> = (0..3).map(|_| world.dial(&listener)).collect();
        world.driver.cancel(key);
        let end = world.end(key);
        let mut accepted: Vec<u32> = world.steps(key).iter().map(|step| step.result.unwrap()).collect();
        accepted.extend(end.result.ok());
        // The others are still in the backlog.
        while accepted.len() < peers.len() {
            accepted.push(world.run(Op::Accept { handle }).unwrap());
        }
        for handle in accepted {
            world.close(W::accepted(handle));
        }
        peers.into_iter().for_each(|peer| world.leave(peer));
    }
    assert_eq!(world.open_handles(), before);
}
