//! Keys that expire, and who is told.

mod world;

use core::time::Duration;
use kv::{Options, Server};
use world::{Tiny, World, line};

fn expired(key: &str) -> String {
    format!("*3\r\n$7\r\nmessage\r\n$22\r\n__keyevent@0__:expired\r\n${}\r\n{key}\r\n", key.len())
}

#[test]
fn a_key_is_there_until_its_time_has_come() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SOCKET);
    world.ask(&client, line("SET a 1 PX 100"));
    world.pass(Duration::from_nanos(99_999_999));
    assert_eq!(world.ask(&client, line("GET a")), "$1\r\n1\r\n");
    world.pass(Duration::from_nanos(1));
    assert_eq!(world.ask(&client, line("GET a")), "$-1\r\n");
    assert_eq!(world.ask(&client, line("DBSIZE")), ":0\r\n");
}

/// Without the expiry task, every command that looks at keys sees none that has expired.
#[test]
fn commands_look_at_the_clock_themselves() {
    for (request, answer) in [
        ("GET a", "$-1\r\n"),
        ("EXISTS a", ":0\r\n"),
        ("TTL a", ":-2\r\n"),
        ("INCR a", ":1\r\n"),
        ("DBSIZE", ":0\r\n"),
        ("SET a 2 XX", "$-1\r\n"),
        ("PERSIST a", ":0\r\n"),
        ("DEL a", ":0\r\n"),
        ("MGET a", "*1\r\n$-1\r\n"),
        ("EXPIRE a 10", ":0\r\n"),
    ] {
        let mut world = World::new();
        let server: &'static Tiny = Box::leak(Box::new(Server::new()));
        let client = world.connect(server, Options::SOCKET);
        world.ask(&client, line("SET a 1 PX 100"));
        world.pass(Duration::from_millis(100));
        assert_eq!(world.ask(&client, line(request)), answer, "{request}");
    }
}

#[test]
fn subscribers_are_told_at_the_deadline() {
    let mut world = World::new();
    let server = world.server();
    let [subscriber, client] = [(); 2].map(|()| world.connect(server, Options::SOCKET));
    world.ask(&subscriber, line("SUBSCRIBE __keyevent@0__:expired"));
    world.ask(&client, line("SET late 1 PX 300"));
    world.ask(&client, line("SET soon 1 PX 100"));
    world.ask(&client, line("SET never 1 PX 200"));
    world.ask(&client, line("PERSIST never"));
    world.pass(Duration::from_millis(99));
    assert_eq!(subscriber.take(), "");
    world.pass(Duration::from_millis(1));
    assert_eq!(subscriber.take(), expired("soon"));
    world.ask(&client, line("PEXPIRE late 50"));
    world.pass(Duration::from_millis(50));
    assert_eq!(subscriber.take(), expired("late"), "an earlier deadline wakes the expiry task");
    world.pass(Duration::from_secs(10));
    assert_eq!(subscriber.take(), "");
    assert_eq!(world.ask(&client, line("DBSIZE")), ":1\r\n");
}

/// One serial line is enough: the client subscribes and is told of the key that it set before.
#[test]
fn one_client_sets_subscribes_and_is_told() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SERIAL);
    world.ask(&client, [line("SET a 1 PX 100"), line("SUBSCRIBE __keyevent@0__:expired")].concat());
    world.pass(Duration::from_millis(100));
    assert_eq!(client.take(), expired("a"));
}

/// More keys at once than an inbox holds.
#[test]
fn many_at_once_are_all_told() {
    let mut world = World::new();
    let server = world.server();
    let [subscriber, client] = [(); 2].map(|()| world.connect(server, Options::SOCKET));
    world.ask(&subscriber, line("SUBSCRIBE __keyevent@0__:expired"));
    for key in 0..8 {
        world.ask(&client, line(&format!("SET {key} 1 PX 100")));
    }
    world.pass(Duration::from_millis(100));
    let told = subscriber.take();
    for key in 0..8 {
        assert!(told.contains(&expired(&key.to_string())), "{key} in {told}");
    }
}

/// Keys expire for a stalled subscriber too, who is given up; nobody sees them in the meantime.
#[test]
fn a_stalled_subscriber_does_not_keep_keys_alive() {
    let mut world = World::new();
    let server = world.server();
    let [subscriber, client] = [(); 2].map(|()| world.connect(server, Options::SOCKET));
    world.ask(&subscriber, line("SUBSCRIBE __keyevent@0__:expired"));
    subscriber.stall(10);
    for key in 0..8 {
        world.ask(&client, line(&format!("SET {key} 1 PX 100")));
    }
    world.pass(Duration::from_millis(100));
    assert_eq!(world.ask(&client, line("DBSIZE")), "", "it waits until the subscriber is given up");
    world.pass(Duration::from_secs(1));
    assert_eq!(client.take(), ":0\r\n");
}

#[test]
fn a_seed_empties_the_server() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SOCKET);
    world.ask(&client, line("SET a 1"));
    let _abort = world.spawn(server.seed(0x1234_5678_9abc_def0));
    world.settle();
    assert_eq!(world.ask(&client, line("DBSIZE")), ":0\r\n");
    world.ask(&client, line("SET a 2"));
    assert_eq!(world.ask(&client, line("GET a")), "$1\r\n2\r\n");
}
