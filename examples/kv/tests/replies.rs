//! Every command, and the answer of Redis to it.

mod world;

use kv::{End, Options};
use world::{World, command, line};

/// Asks one server one thing after another.
#[track_caller]
fn dialogue(exchanges: &[(&str, &str)]) {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SOCKET);
    for (request, expected) in exchanges {
        assert_eq!(world.ask(&client, line(request)), *expected, "{request}");
    }
}

#[test]
fn strings() {
    dialogue(&[
        ("GET a", "$-1\r\n"),
        ("SET a 1", "+OK\r\n"),
        ("get a", "$1\r\n1\r\n"),
        ("SET a 2 NX", "$-1\r\n"),
        ("SET a 2 xx", "+OK\r\n"),
        ("SET b 2 XX", "$-1\r\n"),
        ("SET b 2 NX", "+OK\r\n"),
        ("SET b 3 GET", "$1\r\n2\r\n"),
        ("SET b 4 NX GET", "$1\r\n3\r\n"),
        ("GET b", "$1\r\n3\r\n"),
        ("SET c 4 GET", "$-1\r\n"),
        ("MGET a nothing b", "*3\r\n$1\r\n2\r\n$-1\r\n$1\r\n3\r\n"),
        ("MSET a x d y", "+OK\r\n"),
        ("EXISTS a b c d e a", ":5\r\n"),
        ("DEL a e b a", ":2\r\n"),
        ("DBSIZE", ":2\r\n"),
        ("FLUSHALL", "+OK\r\n"),
        ("FLUSHALL SYNC", "+OK\r\n"),
        ("FLUSHALL NOW", "-ERR syntax error\r\n"),
        ("DBSIZE", ":0\r\n"),
        ("SET a 1 EX", "-ERR syntax error\r\n"),
        ("SET a 1 NX XX", "-ERR syntax error\r\n"),
        ("SET a 1 EX 10 PX 10", "-ERR syntax error\r\n"),
        ("SET a 1 KEEPTTL EX 10", "-ERR syntax error\r\n"),
        ("SET a 1 WHATEVER", "-ERR syntax error\r\n"),
        ("SET a 1 EX ten", "-ERR value is not an integer or out of range\r\n"),
        ("SET a 1 EX 0", "-ERR invalid expire time in 'set' command\r\n"),
        ("SET a 1 PX -5", "-ERR invalid expire time in 'set' command\r\n"),
        ("SET a 1 EX 9223372036854775807", "-ERR invalid expire time in 'set' command\r\n"),
        ("SET a", "-ERR wrong number of arguments for 'set' command\r\n"),
        ("GET", "-ERR wrong number of arguments for 'get' command\r\n"),
        ("gEt a b", "-ERR wrong number of arguments for 'get' command\r\n"),
        ("MSET a 1 b", "-ERR wrong number of arguments for 'mset' command\r\n"),
        ("DBSIZE", ":0\r\n"),
    ]);
}

#[test]
fn counters() {
    dialogue(&[
        ("INCR n", ":1\r\n"),
        ("INCRBY n 41", ":42\r\n"),
        ("DECR n", ":41\r\n"),
        ("DECRBY n 50", ":-9\r\n"),
        ("GET n", "$2\r\n-9\r\n"),
        ("INCRBY n x", "-ERR value is not an integer or out of range\r\n"),
        ("INCRBY n 9223372036854775808", "-ERR value is not an integer or out of range\r\n"),
        ("SET n 9223372036854775807", "+OK\r\n"),
        ("INCR n", "-ERR increment or decrement would overflow\r\n"),
        ("DECRBY n -9223372036854775808", "-ERR decrement would overflow\r\n"),
        ("SET n 12a", "+OK\r\n"),
        ("INCR n", "-ERR value is not an integer or out of range\r\n"),
        ("INCR", "-ERR wrong number of arguments for 'incr' command\r\n"),
    ]);
}

#[test]
fn expiry() {
    dialogue(&[
        ("SET a 1 EX 10", "+OK\r\n"),
        ("TTL a", ":10\r\n"),
        ("PTTL a", ":10000\r\n"),
        ("PERSIST a", ":1\r\n"),
        ("PERSIST a", ":0\r\n"),
        ("TTL a", ":-1\r\n"),
        ("TTL b", ":-2\r\n"),
        ("PTTL b", ":-2\r\n"),
        ("EXPIRE b 10", ":0\r\n"),
        ("PEXPIRE a 1500", ":1\r\n"),
        ("PTTL a", ":1500\r\n"),
        ("TTL a", ":2\r\n"),
        ("EXPIRE a 100 NX", ":0\r\n"),
        ("EXPIRE a 100 XX", ":1\r\n"),
        ("EXPIRE a 50 GT", ":0\r\n"),
        ("EXPIRE a 50 LT", ":1\r\n"),
        ("INCR a", ":2\r\n"),
        ("TTL a", ":50\r\n"),
        ("SET a 2 KEEPTTL", "+OK\r\n"),
        ("TTL a", ":50\r\n"),
        ("SET a 2", "+OK\r\n"),
        ("TTL a", ":-1\r\n"),
        ("EXPIRE a 50 GT", ":0\r\n"),
        ("EXPIRE a 50 LT", ":1\r\n"),
        ("MSET a 3 b 4", "+OK\r\n"),
        ("TTL a", ":-1\r\n"),
        ("EXPIRE a -1", ":1\r\n"),
        ("EXISTS a", ":0\r\n"),
        ("EXPIRE b ten", "-ERR value is not an integer or out of range\r\n"),
        ("EXPIRE b 9223372036854775807", "-ERR invalid expire time in 'expire' command\r\n"),
        ("PEXPIRE b 9223372036854775807", "-ERR invalid expire time in 'pexpire' command\r\n"),
        ("EXPIRE b 1 NX XX", "-ERR NX and XX, GT or LT options at the same time are not compatible\r\n"),
        ("EXPIRE b 1 GT LT", "-ERR GT and LT options at the same time are not compatible\r\n"),
        ("EXPIRE b 1 SOON", "-ERR Unsupported option SOON\r\n"),
        ("PERSIST b", ":0\r\n"),
    ]);
}

#[test]
fn connection() {
    dialogue(&[
        ("PING", "+PONG\r\n"),
        ("ping hello", "$5\r\nhello\r\n"),
        ("PING a b", "-ERR wrong number of arguments for 'ping' command\r\n"),
        ("ECHO hello", "$5\r\nhello\r\n"),
        ("SELECT 0", "+OK\r\n"),
        ("SELECT 1", "-ERR DB index is out of range\r\n"),
        ("SELECT x", "-ERR value is not an integer or out of range\r\n"),
        ("HELLO 3", "-NOPROTO unsupported protocol version\r\n"),
        ("HELLO two", "-ERR Protocol version is not an integer or out of range\r\n"),
        ("HELLO 2 AUTH me", "-ERR Syntax error in HELLO option 'AUTH'\r\n"),
        ("CLIENT ID", ":1\r\n"),
        ("CLIENT GETNAME", "$-1\r\n"),
        ("CLIENT SETNAME me", "+OK\r\n"),
        ("CLIENT GETNAME", "$2\r\nme\r\n"),
        ("HELLO 2 AUTH default secret SETNAME you", HELLO),
        ("CLIENT GETNAME", "$3\r\nyou\r\n"),
        ("CLIENT INFO", "$48\r\nid=1 name=you db=0 sub=0 psub=0 multi=-1 resp=2\n\r\n"),
        ("CLIENT SETINFO LIB-NAME test", "+OK\r\n"),
        ("CLIENT SETINFO LIB-NAME", "-ERR wrong number of arguments for 'client|setinfo' command\r\n"),
        ("CLIENT NO-EVICT on", "+OK\r\n"),
        ("CLIENT", "-ERR wrong number of arguments for 'client' command\r\n"),
        ("CLIENT KILLALL", "-ERR unknown subcommand 'KILLALL'. Try CLIENT HELP.\r\n"),
        ("RESET", "+RESET\r\n"),
        ("CLIENT GETNAME", "$-1\r\n"),
    ]);
}

/// The answer to HELLO of the first client.
const HELLO: &str = "*14\r\n$6\r\nserver\r\n$8\r\nzokio-kv\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n$5\r\nproto\r\n:2\r\n\
                     $2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n\
                     $7\r\nmodules\r\n*0\r\n";

#[test]
fn server() {
    dialogue(&[
        ("COMMAND COUNT", ":31\r\n"),
        ("COMMAND DOCS", "*0\r\n"),
        (
            "COMMAND INFO get nothing",
            "*2\r\n*10\r\n$3\r\nget\r\n:2\r\n*0\r\n:1\r\n:1\r\n:1\r\n*0\r\n*0\r\n*0\r\n*0\r\n*-1\r\n",
        ),
        ("COMMAND WHAT", "-ERR unknown subcommand 'WHAT'. Try COMMAND HELP.\r\n"),
        ("CONFIG GET save", "*2\r\n$4\r\nsave\r\n$0\r\n\r\n"),
        ("CONFIG GET appendonly", "*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n"),
        ("CONFIG GET maxm*", "*4\r\n$9\r\nmaxmemory\r\n$3\r\n448\r\n$16\r\nmaxmemory-policy\r\n$10\r\nnoeviction\r\n"),
        ("CONFIG GET nothing", "*0\r\n"),
        ("CONFIG GET", "-ERR wrong number of arguments for 'config|get' command\r\n"),
        ("CONFIG SET notify-keyspace-events Ex", "+OK\r\n"),
        (
            "CONFIG SET notify-keyspace-events no",
            "-ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - Invalid event class character. Use 'A\r\n",
        ),
        (
            "CONFIG SET save 1",
            "-ERR CONFIG SET failed (possibly related to argument 'save') - can't set immutable config\r\n",
        ),
        ("CONFIG SET nothing 1", "-ERR Unknown option or number of arguments for CONFIG SET - 'nothing'\r\n"),
        ("CONFIG RESETSTAT", "+OK\r\n"),
        ("CONFIG REWIND", "-ERR unknown subcommand 'REWIND'. Try CONFIG HELP.\r\n"),
        ("foo a b", "-ERR unknown command 'foo', with args beginning with: 'a' 'b' \r\n"),
        ("foo", "-ERR unknown command 'foo', with args beginning with: \r\n"),
    ]);
}

#[test]
fn info_tells_what_happened() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SOCKET);
    world.ask(&client, line("SET a 1 PX 10"));
    world.ask(&client, line("SET b 1 EX 10"));
    world.pass(core::time::Duration::from_secs(3));
    let info = world.ask(&client, line("INFO"));
    let (length, text) = info.strip_prefix('$').unwrap().split_once("\r\n").unwrap();
    assert_eq!(length.parse(), Ok(text.len() - 2), "{info}");
    for expected in [
        "# Server\r\nredis_version:7.0.0\r\n",
        "uptime_in_seconds:3\r\n",
        "\r\n\r\n# Clients\r\nconnected_clients:1\r\nmaxclients:3\r\n",
        "capacity_keys:8\r\n",
        "total_commands_processed:2\r\n",
        "expired_keys:1\r\n",
        "\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=1,avg_ttl=0\r\n",
    ] {
        assert!(text.contains(expected), "{expected:?} in {text:?}");
    }
    let some = world.ask(&client, line("INFO keyspace CLIENTS"));
    assert_eq!(
        some,
        "$92\r\n# Clients\r\nconnected_clients:1\r\nmaxclients:3\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=1,avg_ttl=0\r\n\r\n"
    );
    assert_eq!(world.ask(&client, line("INFO nothing")), "$0\r\n\r\n");
}

#[test]
fn the_table_of_commands_is_longer_than_the_output() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SOCKET);
    let table = world.ask(&client, line("COMMAND"));
    assert!(table.starts_with("*31\r\n*10\r\n$3\r\nget\r\n:2\r\n"), "{table}");
    assert_eq!(table.matches("*10\r\n").count(), 31);
    assert_eq!(world.ask(&client, line("PING")), "+PONG\r\n");
}

#[test]
fn quit_says_ok_and_closes() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SOCKET);
    assert_eq!(world.ask(&client, [line("PING"), line("QUIT"), line("PING")].concat()), "+PONG\r\n+OK\r\n");
    assert_eq!(client.end(), Some(End::Quit));
}

#[test]
fn lines_are_commands_too() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SOCKET);
    assert_eq!(world.ask(&client, "PING\r\n"), "+PONG\r\n");
    assert_eq!(
        world.ask(&client, "\r\n\nset greeting \"hello\\tworld\"\nGET greeting\r\n"),
        "+OK\r\n$11\r\nhello\tworld\r\n"
    );
    assert_eq!(world.ask(&client, "*0\r\n*-1\r\nPING\r\n"), "+PONG\r\n");
    assert_eq!(world.ask(&client, "GET \"a\r\n"), "-ERR Protocol error: unbalanced quotes in request\r\n");
    assert_eq!(client.end(), Some(End::Protocol));
}

#[test]
fn a_full_server_refuses() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SOCKET);
    for key in 0..8 {
        assert_eq!(world.ask(&client, line(&format!("SET key{key} v"))), "+OK\r\n");
    }
    let oom = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
    assert_eq!(world.ask(&client, line("SET one-more v")), oom);
    assert_eq!(world.ask(&client, line("INCR one-more")), oom);
    assert_eq!(world.ask(&client, line("SET key3 again")), "+OK\r\n");
    assert_eq!(world.ask(&client, line("DEL key3 key4")), ":2\r\n");
    assert_eq!(world.ask(&client, line("MSET key0 changed x 1 y 2 z 3")), oom, "all or nothing");
    assert_eq!(world.ask(&client, line("MGET key0 x")), "*2\r\n$1\r\nv\r\n$-1\r\n");
    assert_eq!(world.ask(&client, line("MSET key0 changed x 1 y 2")), "+OK\r\n");
    assert_eq!(world.ask(&client, line("DBSIZE")), ":8\r\n");
}

#[test]
fn what_does_not_fit_a_slot_is_refused() {
    let mut world = World::new();
    let server = world.server();
    let client = world.connect(server, Options::SOCKET);
    let (key, value) = ("k".repeat(25), "v".repeat(33));
    let (too_long_key, too_long_value) = (
        "-ERR key exceeds this server's capacity of 24 bytes\r\n",
        "-ERR value exceeds this server's capacity of 32 bytes\r\n",
    );
    assert_eq!(world.ask(&client, command(&["SET", &key, "v"])), too_long_key);
    assert_eq!(world.ask(&client, command(&["SET", "k", &value])), too_long_value);
    assert_eq!(world.ask(&client, command(&["MSET", "k", "v", "l", &value])), too_long_value);
    assert_eq!(world.ask(&client, command(&["INCR", &key])), too_long_key);
    assert_eq!(world.ask(&client, command(&["GET", &key])), "$-1\r\n", "such a key cannot be there");
    assert_eq!(world.ask(&client, command(&["DEL", &key])), ":0\r\n");
    assert_eq!(world.ask(&client, command(&["SUBSCRIBE", &key])), too_long_key);
    assert_eq!(world.ask(&client, command(&["PUBLISH", "c", &value])), too_long_value);
    assert_eq!(world.ask(&client, line("DBSIZE")), ":0\r\n");
    let (key, value) = ("k".repeat(24), "v".repeat(32));
    assert_eq!(world.ask(&client, command(&["SET", &key, &value, "NX", "PX", "9223000000000000000"])), "+OK\r\n");
    assert_eq!(world.ask(&client, command(&["GET", &key])), format!("$32\r\n{value}\r\n"));
}

#[test]
fn more_clients_than_places_are_refused() {
    let mut world = World::new();
    let server = world.server();
    let clients = [(); 3].map(|()| world.connect(server, Options::SOCKET));
    world.settle();
    let late = world.connect(server, Options::SOCKET);
    world.settle();
    assert_eq!(late.take(), "-ERR max number of clients reached\r\n");
    assert_eq!(late.end(), Some(End::Refused));
    clients[1].close();
    world.settle();
    assert_eq!(clients[1].end(), Some(End::Closed));
    let next = world.connect(server, Options::SOCKET);
    assert_eq!(world.ask(&next, line("PING")), "+PONG\r\n");
}
