//! Nothing that is sent makes the server panic, forget a later command, or fail the next client.

mod world;

use kv::Options;
use world::{World, line};

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % bound as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// What a stream is made of that is nearly right.
const PIECES: [&[u8]; 40] = [
    b"*1\r\n",
    b"*2\r\n",
    b"*3\r\n",
    b"*-1\r\n",
    b"*0\r\n",
    b"*100000\r\n",
    b"$3\r\n",
    b"$4\r\n",
    b"$0\r\n",
    b"$-1\r\n",
    b"$70\r\n",
    b"$500\r\n",
    b"$1099511627776\r\n",
    b"GET\r\n",
    b"SET\r\n",
    b"PING\r\n",
    b"INFO\r\n",
    b"key\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"\"",
    b"'",
    b"\\x4",
    b"*1\r\n$4\r\nPING\r\n",
    b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
    b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n",
    b"*1\r\n$4\r\nINFO\r\n",
    b"*1\r\n$7\r\nCOMMAND\r\n",
    b"*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\na\r\n",
    b"*1\r\n$11\r\nUNSUBSCRIBE\r\n",
    b"*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$1\r\nb\r\n",
    b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n",
    b"*1\r\n$5\r\nRESET\r\n",
    b"set a b px 1\r\n",
    b"config get *\r\n",
    b"echo \"\\x00\\xff\"\r\n",
    b"\0",
    b"\xff\xfe",
    b"mget a a a a a a a a a a a a a a a a a a\r\n",
];

#[test]
fn random_bytes_never_panic_and_the_next_client_is_served() {
    let mut random = Random(7);
    let mut world = World::new();
    let server = world.server();
    for round in 0..6_000 {
        let options = if round % 3 == 0 { Options::SERIAL } else { Options::SOCKET };
        let client = world.connect(server, options);
        for _ in 0..random.below(6) {
            let mut bytes = Vec::new();
            for _ in 0..random.below(12) {
                match random.below(8) {
                    0 => bytes.extend((0..random.below(40)).map(|_| random.below(256) as u8).collect::<Vec<_>>()),
                    1 => bytes.extend([b'a'; 100]),
                    _ => bytes.extend(random.pick(&PIECES)),
                }
            }
            world.ask(&client, bytes);
            if random.below(4) == 0 {
                world.pass(core::time::Duration::from_millis(300));
            }
        }
        // Cut in the middle of whatever it was.
        client.close();
        world.settle();
        assert!(client.end().is_some());
        let next = world.connect(server, Options::SOCKET);
        assert_eq!(world.ask(&next, line("PING")), "+PONG\r\n", "round {round}");
        assert_eq!(
            world.ask(&next, [line("SET a 1"), line("GET a"), line("DEL a")].concat()),
            "+OK\r\n$1\r\n1\r\n:1\r\n"
        );
        world.ask(&next, line("FLUSHALL"));
        next.abort();
        world.settle();
    }
}

/// A valid command behind every oversized one is answered, wherever the oversized one was cut.
#[test]
fn no_command_behind_an_oversized_one_is_lost() {
    let mut random = Random(3);
    for _ in 0..400 {
        let mut world = World::new();
        let server = world.server();
        let client = world.connect(server, Options::SOCKET);
        let mut stream = Vec::new();
        let mut expected = 0;
        for number in 0..20 {
            let words: Vec<String> = match random.below(4) {
                0 => vec!["SET".into(), "k".into(), "x".repeat(33 + random.below(2_000))],
                1 => (0..2 + random.below(300)).map(|_| "w".repeat(random.below(12))).collect(),
                2 => vec!["y".repeat(random.below(5_000))],
                _ => vec!["GET".into(), "k".repeat(random.below(900))],
            };
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            stream.extend(world::command(&words));
            stream.extend(line(&format!("ECHO mark-{number}")));
            expected += 1;
        }
        let mut answers = String::new();
        let mut rest = &stream[..];
        while !rest.is_empty() {
            let (part, after) = rest.split_at(rest.len().min(1 + random.below(400)));
            answers += &world.ask(&client, part);
            rest = after;
        }
        let marks: Vec<_> = answers.split("\r\n").filter_map(|line| line.strip_prefix("mark-")).collect();
        assert_eq!(marks, (0..expected).map(|number| number.to_string()).collect::<Vec<_>>());
        assert_eq!(client.end(), None);
    }
}

/// A session may run on any thread, and the server be shared by many.
#[test]
fn sessions_are_send() {
    use core::convert::Infallible;
    use embedded_io_async::{ErrorType, Read, Write};
    use zokio_core::time::{Clock, Instant, SortedList, Timers};

    struct Socket;
    impl ErrorType for Socket {
        type Error = Infallible;
    }
    impl Read for Socket {
        async fn read(&mut self, _: &mut [u8]) -> Result<usize, Infallible> {
            Ok(0)
        }
    }
    impl Write for Socket {
        async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
            Ok(bytes.len())
        }
        async fn flush(&mut self) -> Result<(), Infallible> {
            Ok(())
        }
    }

    static TIMERS: Timers<SortedList> = Timers::new();
    #[derive(Clone, Copy)]
    struct Still;
    // SAFETY: "one store": it is a static.
    unsafe impl Clock for Still {
        type Store = SortedList;
        fn now(&self) -> Instant {
            Instant::ZERO
        }
        fn timers(&self) -> &Timers<SortedList> {
            &TIMERS
        }
    }

    fn is_send(_: impl Send) {}
    static SERVER: world::Tiny = kv::Server::new();
    is_send(SERVER.serve(Still, Socket, Socket, Options::SOCKET));
    is_send(SERVER.expire(Still));
    is_send(SERVER.publish(Still, b"channel", b"message"));
}
