//! However a stream of commands is cut, and however much of it comes at once, the answers are the same.

mod world;

use kv::Options;
use world::{World, command, line};

/// What a fresh server answers to a stream that comes in these parts, and whether it closes the connection.
fn answers(parts: &[&[u8]]) -> (String, bool) {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SOCKET);
    let mut answers = String::new();
    for part in parts {
        answers += &world.ask(&client, part);
    }
    (answers, client.end().is_some())
}

#[track_caller]
fn cut_everywhere(stream: &[u8]) -> String {
    let whole = answers(&[stream]);
    for at in 0..=stream.len() {
        let (left, right) = stream.split_at(at);
        assert_eq!(answers(&[left, right]), whole, "cut at {at} of {:?}", String::from_utf8_lossy(stream));
    }
    let bytes: Vec<_> = stream.chunks(1).collect();
    assert_eq!(answers(&bytes), whole, "byte by byte");
    let odd: Vec<_> = stream.chunks(7).collect();
    assert_eq!(answers(&odd), whole, "seven at a time");
    whole.0
}

#[test]
fn every_kind_of_command() {
    let stream = [
        line("SET key value"),
        line("GET key"),
        line("MGET key other key"),
        line("INCR counter"),
        line("SET key value PX 10000"),
        line("TTL key"),
        line("NOSUCH thing"),
        line("GET"),
        line("ECHO hello"),
        line("SUBSCRIBE a b"),
        line("GET key"),
        line("PING"),
        line("UNSUBSCRIBE"),
        line("HELLO 2"),
        line("CONFIG GET *"),
        line("INFO"),
        b"PING\r\nset 'quoted key' \"a\\x00b\"\n\r\n".to_vec(),
        line("DBSIZE"),
        command(&["ECHO", "multi\r\nline $5 *1"]),
        command(&["GET", ""]),
        line("QUIT"),
    ];
    let answers = cut_everywhere(&stream.concat());
    assert!(answers.starts_with("+OK\r\n$5\r\nvalue\r\n*3\r\n"), "{answers}");
    assert!(answers.ends_with(":3\r\n$17\r\nmulti\r\nline $5 *1\r\n$-1\r\n+OK\r\n"), "{answers}");
}

#[test]
fn what_is_too_large_is_skipped() {
    let stream = [
        line("SET a 1"),
        command(&["SET", "a", &"x".repeat(700)]),
        line("GET a"),
        command(&["SET", &"k".repeat(200), "v"]),
        line("PING"),
        command(&vec!["MGET"; 60]),
        line("PING"),
        // Exactly as large as the buffer of 192 bytes, and one more.
        command(&["ECHO", &"e".repeat(170)]),
        command(&["ECHO", &"e".repeat(171)]),
        line("DBSIZE"),
    ];
    let answers = cut_everywhere(&stream.concat());
    let value = "-ERR value exceeds this server's capacity of 32 bytes\r\n";
    let command = "-ERR command exceeds this server's capacity of 192 bytes\r\n";
    let echo = "e".repeat(170);
    assert_eq!(
        answers,
        format!("+OK\r\n{value}$1\r\n1\r\n{value}+PONG\r\n{command}+PONG\r\n$170\r\n{echo}\r\n{value}:1\r\n")
    );
}

#[test]
fn what_is_no_redis_protocol() {
    let error = |text: &str| format!("+PONG\r\n-ERR Protocol error: {text}\r\n");
    for (bad, expected) in [
        (&b"*x\r\n"[..], error("invalid multibulk length")),
        (b"*\r\n", error("invalid multibulk length")),
        (b"*01\r\n", error("invalid multibulk length")),
        (b"*1\rx", error("invalid multibulk length")),
        (b"*2147483648\r\n", error("invalid multibulk length")),
        (b"*99999999999999999999\r\n", error("invalid multibulk length")),
        (b"*2\r\n$3\r\nGET\r\n$-1\r\n", error("invalid bulk length")),
        (b"*2\r\n$3\r\nGET\r\n$1099511627776\r\n", error("invalid bulk length")),
        (b"*2\r\n$3\r\nGET\r\n$536870913\r\n", error("invalid bulk length")),
        (b"*2\r\n$3\r\nGET\r\n$3x\r\n", error("invalid bulk length")),
        (b"*2\r\n$3\r\nGET\r\n$\r\n", error("invalid bulk length")),
        (b"*2\r\n$3\r\nGET\r\nx\r\n", error("expected '$', got 'x'")),
        (b"*1\r\n:3\r\n", error("expected '$', got ':'")),
        (b"*1\r\n\r\n", error("expected '$', got ' '")),
        (b"*1\r\n$4\r\nPINGxx", error("expected a line end behind a bulk")),
        (b"set 'a\r\n", error("unbalanced quotes in request")),
        (&[b'x'; 300], error("too big inline request")),
        (b"POST / HTTP/1.1\r\nHost: here\r\n", "+PONG\r\n".into()),
    ] {
        let stream = [&line("PING")[..], bad, &line("PING")].concat();
        assert_eq!(cut_everywhere(&stream), expected);
        let (_, closed) = answers(&[&stream]);
        assert!(closed);
    }
}

/// Replies much larger than the output buffer of 128 bytes.
#[test]
fn a_long_pipeline() {
    let mut stream = Vec::new();
    let mut expected = String::new();
    for number in 0..500 {
        let value = format!("value-{number}");
        stream.extend(command(&["SET", &format!("key{}", number % 8), &value]));
        stream.extend(command(&["MGET", "key0", "key1", "key2", "key3", "key4", "key5", "key6", "key7"]));
        stream.extend(command(&["GET", &format!("key{}", number % 8)]));
        expected += "+OK\r\n*8\r\n";
        for key in 0..8u32 {
            match (0..=number).rev().find(|written| written % 8 == key) {
                Some(written) => expected += &format!("${}\r\nvalue-{written}\r\n", format!("value-{written}").len()),
                None => expected += "$-1\r\n",
            }
        }
        expected += &format!("${}\r\n{value}\r\n", value.len());
    }
    let (whole, _) = answers(&[&stream]);
    assert!(whole == expected);
    for size in [1, 2, 3, 64, 191, 192, 193, 1000] {
        let parts: Vec<_> = stream.chunks(size).collect();
        assert!(answers(&parts).0 == expected, "{size} bytes at a time");
    }
}
