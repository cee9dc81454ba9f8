//! A line without connections: the next client must not suffer from the one before.

mod world;

use core::time::Duration;
use kv::{End, Options};
use world::{World, command, line};

#[test]
fn a_cut_command_is_forgotten() {
    for cut in [
        "*",
        "*3\r\n$3\r\nSET\r\n",
        "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nhe",
        "*1\r\n$9000\r\nxxxx",
        "*2000\r\n$5\r\nhello",
    ] {
        let mut world = World::new();
        let server = world.server();
        let client = world.connect(server, Options::SERIAL);
        assert_eq!(world.ask(&client, cut), "");
        world.pass(Duration::from_millis(250));
        assert_eq!(world.ask(&client, line("PING")), "+PONG\r\n", "after {cut:?}");
    }
}

#[test]
fn a_slow_client_is_not_cut_off() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SERIAL);
    let mut answer = String::new();
    for byte in command(&["ECHO", "slow but steady"]) {
        answer += &world.ask(&client, [byte]);
        world.pass(Duration::from_millis(249));
    }
    assert_eq!(answer, "$15\r\nslow but steady\r\n");
}

#[test]
fn a_line_may_be_typed_slowly_but_not_for_ever() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SERIAL);
    world.ask(&client, "PI");
    world.pass(Duration::from_secs(3));
    assert_eq!(world.ask(&client, "NG\r\n"), "+PONG\r\n");
    world.ask(&client, "rubbish");
    world.pass(Duration::from_secs(4));
    assert_eq!(world.ask(&client, line("PING")), "+PONG\r\n");
}

/// What is sent to the client does not count as a sign of life.
#[test]
fn a_cut_command_of_a_subscriber_is_forgotten() {
    let mut world = World::new();
    let server = world.server();
    let [client, publisher] = [Options::SERIAL, Options::SOCKET].map(|options| world.connect(server, options));
    world.ask(&client, line("SUBSCRIBE news"));
    world.ask(&client, "*2\r\n$4\r\nPING\r\n$5\r\nhe");
    for _ in 0..3 {
        world.ask(&publisher, line("PUBLISH news x"));
        world.pass(Duration::from_millis(100));
    }
    client.take();
    assert_eq!(world.ask(&client, line("PING hello")), "*2\r\n$4\r\npong\r\n$5\r\nhello\r\n");
}

#[test]
fn a_socket_waits_for_ever() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SOCKET);
    let ping = line("PING");
    world.ask(&client, &ping[..5]);
    world.pass(Duration::from_secs(100_000));
    assert_eq!(world.ask(&client, &ping[5..]), "+PONG\r\n");
}

#[test]
fn the_next_client_is_no_subscriber() {
    for (request, answer) in [
        (line("GET a"), "$-1\r\n"),
        (line("PING"), "+PONG\r\n"),
        (b"PING\r\n".to_vec(), "+PONG\r\n"),
        (line("COMMAND DOCS"), "*0\r\n"),
        (line("HELLO 3"), "-NOPROTO unsupported protocol version\r\n"),
    ] {
        let mut world = World::new();
        let server = world.server();
        let client = world.connect(server, Options::SERIAL);
        world.ask(&client, line("SUBSCRIBE __keyevent@0__:expired"));
        assert_eq!(world.ask(&client, request), answer);
        assert_eq!(world.ask(&client, line("SET a 1 PX 1")), "+OK\r\n");
        world.pass(Duration::from_secs(1));
        assert_eq!(client.take(), "", "nothing comes that was not asked for");
    }
}

#[test]
fn a_subscriber_that_stays_can_do_what_subscribers_do() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SERIAL);
    world.ask(&client, line("SUBSCRIBE a"));
    assert_eq!(world.ask(&client, line("PING still-there")), "*2\r\n$4\r\npong\r\n$11\r\nstill-there\r\n");
    assert_eq!(world.ask(&client, line("SUBSCRIBE b")), "*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n");
    assert_eq!(world.ask(&client, line("UNSUBSCRIBE a")), "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:1\r\n");
}

/// What a host does: serve again and again on the same line.
#[test]
fn the_service_goes_on() {
    let mut world = World::new();
    let server = world.server();
    for (last_words, end) in [
        (line("QUIT"), End::Quit),
        (b"*1\r\n$x".to_vec(), End::Protocol),
        ([line("SUBSCRIBE a"), line("QUIT")].concat(), End::Quit),
    ] {
        let client = world.connect(server, Options::SERIAL);
        world.ask(&client, &last_words);
        assert_eq!(client.end(), Some(end));
        let next = world.connect(server, Options::SERIAL);
        assert_eq!(world.ask(&next, line("PUBLISH a x")), ":0\r\n", "after {last_words:?}");
        next.abort();
        world.settle();
    }
}

/// While the timeout runs, the session races its reader against the clock: bytes that come must not get lost.
#[test]
fn no_byte_is_lost_to_a_dropped_read() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SERIAL);
    world.ask(&client, line("SUBSCRIBE news"));
    let publisher = world.connect(server, Options::SOCKET);
    let ping = line("PING hello");
    for (index, byte) in ping.iter().enumerate() {
        assert_eq!(world.ask(&publisher, line("PUBLISH news x")), ":1\r\n");
        let answer = world.ask(&client, [*byte]);
        let (message, pong) =
            ("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n", "*2\r\n$4\r\npong\r\n$5\r\nhello\r\n");
        assert_eq!(answer, if index + 1 == ping.len() { format!("{message}{pong}") } else { message.into() });
    }
}
