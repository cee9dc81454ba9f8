//! Messages between clients.

mod world;

use core::time::Duration;
use kv::{End, Options};
use world::{World, command, line};

const NEWS: &str = "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n";

#[test]
fn a_message_reaches_its_subscribers() {
    let mut world = World::new();
    let server = world.server();
    let [one, two, publisher] = [(); 3].map(|()| world.connect(server, Options::SOCKET));
    assert_eq!(world.ask(&one, line("SUBSCRIBE news")), NEWS);
    assert_eq!(world.ask(&one, line("SUBSCRIBE news")), NEWS, "twice is once");
    assert_eq!(
        world.ask(&two, line("SUBSCRIBE news odd")),
        format!("{NEWS}*3\r\n$9\r\nsubscribe\r\n$3\r\nodd\r\n:2\r\n")
    );
    assert_eq!(world.ask(&publisher, line("PUBLISH news hello")), ":2\r\n");
    assert_eq!(world.ask(&publisher, line("PUBLISH odd 1")), ":1\r\n");
    assert_eq!(world.ask(&publisher, line("PUBLISH nobody 1")), ":0\r\n");
    assert_eq!(one.take(), "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
    assert_eq!(
        two.take(),
        "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n*3\r\n$7\r\nmessage\r\n$3\r\nodd\r\n$1\r\n1\r\n"
    );
    assert_eq!(
        world.ask(&two, line("UNSUBSCRIBE news x")),
        "*3\r\n$11\r\nunsubscribe\r\n$4\r\nnews\r\n:1\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\nx\r\n:1\r\n"
    );
    assert_eq!(world.ask(&two, line("UNSUBSCRIBE")), "*3\r\n$11\r\nunsubscribe\r\n$3\r\nodd\r\n:0\r\n");
    assert_eq!(world.ask(&two, line("UNSUBSCRIBE")), "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n");
    assert_eq!(world.ask(&publisher, line("PUBLISH news again")), ":1\r\n");
    assert_eq!(two.take(), "");
}

#[test]
fn a_subscriber_may_not_do_everything() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SOCKET);
    world.ask(&client, line("SUBSCRIBE news"));
    assert_eq!(
        world.ask(&client, line("GET a")),
        "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n"
    );
    assert_eq!(world.ask(&client, line("PING")), "*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    assert_eq!(world.ask(&client, line("PING hi")), "*2\r\n$4\r\npong\r\n$2\r\nhi\r\n");
    assert_eq!(world.ask(&client, line("RESET")), "+RESET\r\n");
    assert_eq!(world.ask(&client, line("GET a")), "$-1\r\n");
}

#[test]
fn who_is_gone_gets_nothing_and_leaves_nothing() {
    let mut world = World::new();
    let server = world.server();
    let publisher = world.connect(server, Options::SOCKET);
    for round in 0..10 {
        let subscriber = world.connect(server, Options::SOCKET);
        world.ask(&subscriber, line("SUBSCRIBE news odd more"));
        assert_eq!(world.ask(&publisher, line("PUBLISH news 1")), ":1\r\n");
        match round % 3 {
            0 => subscriber.close(),
            1 => subscriber.abort(),
            _ => subscriber.put(line("QUIT")),
        }
        world.settle();
        assert_eq!(world.ask(&publisher, line("PUBLISH news 1")), ":0\r\n");
        let next = world.connect(server, Options::SOCKET);
        assert_eq!(world.ask(&next, line("PING")), "+PONG\r\n", "the next one in its place is no subscriber");
        assert_eq!(world.ask(&publisher, line("PUBLISH news 1")), ":0\r\n");
        next.close();
        world.settle();
    }
}

#[test]
fn there_is_room_for_six_subscriptions() {
    let mut world = World::new();
    let server = world.server();
    let [one, two] = [(); 2].map(|()| world.connect(server, Options::SOCKET));
    world.ask(&one, line("SUBSCRIBE a b c d"));
    let answer = world.ask(&two, line("SUBSCRIBE a b c"));
    assert!(answer.ends_with(":2\r\n-ERR number of subscriptions exceeds this server's capacity of 6\r\n"), "{answer}");
    one.close();
    world.settle();
    assert_eq!(world.ask(&two, line("SUBSCRIBE c")), "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:3\r\n");
}

/// The inbox holds two messages; a publisher with more to say waits for the subscriber, and nothing is lost.
#[test]
fn a_burst_is_held_back_not_lost() {
    let mut world = World::new();
    let server = world.server();
    let [subscriber, publisher] = [(); 2].map(|()| world.connect(server, Options::SOCKET));
    world.ask(&subscriber, line("SUBSCRIBE news"));
    let burst: Vec<u8> = (0..100).flat_map(|number| command(&["PUBLISH", "news", &number.to_string()])).collect();
    assert_eq!(world.ask(&publisher, burst), ":1\r\n".repeat(100));
    let messages = subscriber.take();
    let numbers: Vec<_> = messages.split("\r\n").filter(|line| line.parse::<u32>().is_ok()).collect();
    assert_eq!(numbers, (0..100).map(|number| number.to_string()).collect::<Vec<_>>());
}

/// A subscriber that does not read holds a publisher up for one second, and is disconnected as soon as that can be.
#[test]
fn who_does_not_fetch_its_messages_is_given_up() {
    let mut world = World::new();
    let server = world.server();
    let [stalled, healthy, publisher] = [(); 3].map(|()| world.connect(server, Options::SOCKET));
    world.ask(&stalled, line("SUBSCRIBE news"));
    world.ask(&healthy, line("SUBSCRIBE news"));
    stalled.stall(50);
    let burst: Vec<u8> = (0..20).flat_map(|number| command(&["PUBLISH", "news", &number.to_string()])).collect();
    let before = world.ask(&publisher, burst);
    assert!(before.len() < 20 * 4, "it waits");
    world.pass(Duration::from_millis(999));
    assert_eq!(publisher.take(), "");
    world.pass(Duration::from_millis(1));
    let after = publisher.take();
    assert_eq!((before + &after).matches(':').count(), 20);
    assert!(after.contains(":1\r\n"), "only the healthy one got the rest");
    assert_eq!(healthy.take().matches("message").count(), 20);
    assert_eq!(stalled.end(), None);
    stalled.stall(0);
    stalled.take();
    world.settle();
    assert_eq!(stalled.end(), Some(End::Lagged));
    assert_eq!(world.ask(&publisher, line("PUBLISH news x")), ":1\r\n");
    let info = world.ask(&publisher, line("INFO stats"));
    assert!(info.contains("pubsub_dropped_messages:1"), "{info}");
}

#[test]
fn a_publisher_does_not_wait_for_one_that_leaves() {
    let mut world = World::new();
    let server = world.server();
    let [stalled, publisher] = [(); 2].map(|()| world.connect(server, Options::SOCKET));
    world.ask(&stalled, line("SUBSCRIBE news"));
    stalled.stall(50);
    let burst: Vec<u8> = (0..20).flat_map(|number| command(&["PUBLISH", "news", &number.to_string()])).collect();
    let before = world.ask(&publisher, burst);
    stalled.abort();
    world.settle();
    assert_eq!((before + &publisher.take()).matches(':').count(), 20);
}

#[test]
fn the_program_itself_can_publish() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SERIAL);
    world.ask(&client, line("SUBSCRIBE button"));
    let clock = world.clock;
    let _abort = world.spawn(async move {
        assert_eq!(server.publish(clock, b"button", b"pressed").await, 1);
        assert_eq!(server.publish(clock, b"nobody", b"pressed").await, 0);
        assert_eq!(server.publish(clock, b"button", &[b'x'; 33]).await, 0);
    });
    world.settle();
    assert_eq!(client.take(), "*3\r\n$7\r\nmessage\r\n$6\r\nbutton\r\n$7\r\npressed\r\n");
}
