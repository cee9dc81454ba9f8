//! The client session: what every machine has to answer, told in `redis-cli` commands and, for bad input, raw bytes.

use crate::client::{Client, PATIENCE};
use crate::machines::Limits;
use crate::problem::{Problem, Result};
use crate::resp::{Reply, encode};
use std::time::{Duration, Instant};

/// One part of the session. `Ok(false)`: it does not apply to this machine.
pub struct Check {
    pub name: &'static str,
    run: fn(&mut Client, &Limits) -> Result<bool>,
}

/// The session, in order. Every check leaves the store as it found it.
pub const CHECKS: &[Check] = &[
    Check { name: "connecting", run: connecting },
    Check { name: "strings", run: strings },
    Check { name: "conditional SET", run: conditional_set },
    Check { name: "counters", run: counters },
    Check { name: "time to live", run: time_to_live },
    Check { name: "expiry", run: expiry },
    Check { name: "expired event", run: expired_event },
    Check { name: "publish/subscribe", run: publish_subscribe },
    Check { name: "wrong commands", run: wrong_commands },
    Check { name: "not RESP", run: not_resp },
    Check { name: "bulk of 2^40 bytes", run: enormous_bulk },
    Check { name: "oversized value", run: oversized_value },
    Check { name: "full store", run: full_store },
    Check { name: "cut connection", run: cut_connection },
];

impl Check {
    /// Runs the check; an error says which one it was.
    pub fn run(&self, client: &mut Client, limits: &Limits) -> Result<bool> {
        (self.run)(client, limits).map_err(|problem| problem.while_doing(self.name))
    }
}

/// What stock clients send before their first command.
fn connecting(client: &mut Client, _: &Limits) -> Result<bool> {
    client.expect(&["PING"], "PONG")?;
    client.expect(&["PING", "hello"], "\"hello\"")?;
    client.expect(&["ECHO", "hello world"], "\"hello world\"")?;
    client.expect(&["CLIENT", "SETNAME", "demo"], "OK")?;
    for args in [&["HELLO", "2"] as &[&str], &["COMMAND"], &["CONFIG", "GET", "save"]] {
        let got = client.cli(args)?;
        if got.starts_with("(error)") || got.is_empty() {
            return Err(Problem::new(format!("redis-cli {}: {got:?}", args.join(" "))));
        }
    }
    let info = client.cli(&["INFO"])?;
    if !info.contains("redis_version") && !info.contains("zokio") {
        return Err(Problem::new(format!("INFO names no version: {info:?}")));
    }
    client.expect(&["QUIT"], "OK")?;
    client.expect(&["PING"], "PONG")?;
    Ok(true)
}

fn strings(client: &mut Client, _: &Limits) -> Result<bool> {
    client.expect(&["FLUSHALL"], "OK")?;
    client.expect(&["SET", "greeting", "hello world"], "OK")?;
    client.expect(&["GET", "greeting"], "\"hello world\"")?;
    client.expect(&["SET", "greeting", "hi"], "OK")?;
    client.expect(&["GET", "greeting"], "\"hi\"")?;
    client.expect(&["GET", "nobody"], "(nil)")?;
    client.expect(&["SET", "empty", ""], "OK")?;
    client.expect(&["GET", "empty"], "\"\"")?;
    client.expect(&["MSET", "a", "1", "b", "2"], "OK")?;
    client.expect(&["MGET", "a", "nobody", "b"], "1) \"1\"\n2) (nil)\n3) \"2\"")?;
    client.expect(&["EXISTS", "a", "b", "nobody", "a"], "(integer) 3")?;
    client.expect(&["DBSIZE"], "(integer) 4")?;
    client.expect(&["DEL", "a", "nobody", "b"], "(integer) 2")?;
    client.expect(&["EXISTS", "a"], "(integer) 0")?;
    client.expect(&["FLUSHALL"], "OK")?;
    client.expect(&["DBSIZE"], "(integer) 0")?;
    // Bytes are bytes: a value with line ends, a zero and no valid UTF-8 comes back as it went.
    let bytes = b"\r\n\0\xff*$";
    let mut raw = client.raw()?;
    client.count(3);
    for (args, wanted) in [
        (vec![b"SET".as_slice(), b"bytes", bytes], Reply::Simple("OK".into())),
        (vec![b"GET", b"bytes"], Reply::Bulk(Some(bytes.to_vec()))),
        (vec![b"DEL", b"bytes"], Reply::Integer(1)),
    ] {
        raw.command(&args, PATIENCE)?;
        let got = raw.reply(PATIENCE)?;
        if got != wanted {
            return Err(Problem::new(format!("arbitrary bytes: wanted {wanted:?}, got {got:?}")));
        }
    }
    Ok(true)
}

fn conditional_set(client: &mut Client, _: &Limits) -> Result<bool> {
    client.expect(&["SET", "once", "1", "XX"], "(nil)")?;
    client.expect(&["SET", "once", "1", "NX"], "OK")?;
    client.expect(&["SET", "once", "2", "NX"], "(nil)")?;
    client.expect(&["SET", "once", "3", "XX"], "OK")?;
    client.expect(&["GET", "once"], "\"3\"")?;
    client.expect(&["DEL", "once"], "(integer) 1")?;
    Ok(true)
}

fn counters(client: &mut Client, _: &Limits) -> Result<bool> {
    client.expect(&["INCR", "hits"], "(integer) 1")?;
    client.expect(&["INCR", "hits"], "(integer) 2")?;
    client.expect(&["INCRBY", "hits", "40"], "(integer) 42")?;
    client.expect(&["DECR", "hits"], "(integer) 41")?;
    client.expect(&["INCRBY", "hits", "-50"], "(integer) -9")?;
    client.expect(&["GET", "hits"], "\"-9\"")?;
    client.expect(&["SET", "hits", "9223372036854775807"], "OK")?;
    client.refused(&["INCR", "hits"], "ERR")?;
    client.expect(&["GET", "hits"], "\"9223372036854775807\"")?;
    client.expect(&["SET", "hits", "many"], "OK")?;
    client.refused(&["INCR", "hits"], "ERR")?;
    client.expect(&["DEL", "hits"], "(integer) 1")?;
    Ok(true)
}

fn time_to_live(client: &mut Client, _: &Limits) -> Result<bool> {
    let within = |got: i64, low: i64, high: i64, what: &str| {
        if (low..=high).contains(&got) {
            Ok(())
        } else {
            Err(Problem::new(format!("{what} is {got}, not in {low}..={high}")))
        }
    };
    client.expect(&["SET", "lease", "1", "EX", "100"], "OK")?;
    within(client.integer(&["TTL", "lease"])?, 1, 100, "TTL after EX 100")?;
    client.expect(&["EXPIRE", "lease", "1000"], "(integer) 1")?;
    within(client.integer(&["PTTL", "lease"])?, 100_001, 1_000_000, "PTTL after EXPIRE 1000")?;
    client.expect(&["PEXPIRE", "lease", "500000"], "(integer) 1")?;
    within(client.integer(&["TTL", "lease"])?, 101, 500, "TTL after PEXPIRE 500000")?;
    client.expect(&["PERSIST", "lease"], "(integer) 1")?;
    client.expect(&["TTL", "lease"], "(integer) -1")?;
    client.expect(&["PERSIST", "lease"], "(integer) 0")?;
    client.expect(&["SET", "lease", "2", "PX", "400000"], "OK")?;
    client.expect(&["SET", "lease", "3"], "OK")?;
    client.expect(&["PTTL", "lease"], "(integer) -1")?;
    client.expect(&["DEL", "lease"], "(integer) 1")?;
    client.expect(&["PTTL", "lease"], "(integer) -2")?;
    client.expect(&["EXPIRE", "lease", "10"], "(integer) 0")?;
    client.refused(&["SET", "lease", "1", "EX", "0"], "ERR")?;
    Ok(true)
}

/// A key is seen alive and then seen gone. Where the machine is so slow that the key is gone at the first look, it is
/// given longer.
fn expiry(client: &mut Client, _: &Limits) -> Result<bool> {
    for milliseconds in ["400", "2000", "10000"] {
        client.expect(&["SET", "brief", "1", "PX", milliseconds], "OK")?;
        let alive = client.cli(&["GET", "brief"])? == "\"1\"";
        let until = Instant::now() + Duration::from_secs(10) + PATIENCE;
        while client.cli(&["GET", "brief"])? != "(nil)" {
            if Instant::now() > until {
                return Err(Problem::new(format!("a key with PX {milliseconds} is still there after {:?}", PATIENCE)));
            }
        }
        if alive {
            client.expect(&["EXISTS", "brief"], "(integer) 0")?;
            client.expect(&["DBSIZE"], "(integer) 0")?;
            return Ok(true);
        }
    }
    Err(Problem::new("a key with PX 10000 is gone at the first look"))
}

/// The expiry is told to a subscriber, which on a machine with one line is the client that set the key.
fn expired_event(client: &mut Client, _: &Limits) -> Result<bool> {
    let mut last = Problem::new("never tried");
    for milliseconds in ["300", "2000", "10000"] {
        client.expect(&["SET", "told", "1", "PX", milliseconds], "OK")?;
        let port = client.port();
        let mut subscriber = client.subscribe(port, "__keyevent@0__:expired")?;
        let heard = subscriber.wait_for(&["message", "__keyevent@0__:expired", "told"], PATIENCE);
        drop(subscriber);
        client.unsubscribe(port)?;
        match heard {
            Ok(()) => return Ok(true),
            Err(problem) => last = problem,
        }
    }
    Err(last)
}

fn publish_subscribe(client: &mut Client, _: &Limits) -> Result<bool> {
    let Some(port) = client.second_port() else { return Ok(false) };
    client.expect(&["PUBLISH", "news", "nobody listens"], "(integer) 0")?;
    let mut subscriber = client.subscribe(port, "news")?;
    client.expect(&["PUBLISH", "news", "hello"], "(integer) 1")?;
    subscriber.wait_for(&["message", "news", "hello"], PATIENCE)?;
    client.expect(&["PUBLISH", "other", "not for you"], "(integer) 0")?;
    for word in ["one", "two", "three"] {
        client.expect(&["PUBLISH", "news", word], "(integer) 1")?;
    }
    for word in ["one", "two", "three"] {
        subscriber.wait_for(&["message", "news", word], PATIENCE)?;
    }
    drop(subscriber);
    client.unsubscribe(port)?;
    // The server may see the subscriber go a little later than we do.
    let until = Instant::now() + PATIENCE;
    while client.integer(&["PUBLISH", "news", "gone?"])? != 0 {
        if Instant::now() > until {
            return Err(Problem::new("a subscriber that has gone still counts"));
        }
    }
    Ok(true)
}

fn wrong_commands(client: &mut Client, _: &Limits) -> Result<bool> {
    client.refused(&["NOSUCHCOMMAND"], "ERR unknown command")?;
    client.refused(&["GET"], "ERR wrong number of arguments")?;
    client.refused(&["SET", "k", "v", "EX", "soon"], "ERR")?;
    client.refused(&["INCRBY", "k", "much"], "ERR")?;
    client.expect(&["EXISTS", "k"], "(integer) 0")?;
    Ok(true)
}

fn not_resp(client: &mut Client, _: &Limits) -> Result<bool> {
    let inputs: [&[u8]; 6] = [
        b"GARBAGE of an inline kind\r\n",
        b"\xff\xfe\x80 binary\r\n",
        b"*1\r\n%4\r\nPING\r\n",
        b"*two\r\n",
        b"*3\r\n$3\r\nSET\r\n$-7\r\n",
        b"*1099511627776\r\n",
    ];
    for input in inputs {
        complains(client, input)?;
    }
    Ok(true)
}

fn enormous_bulk(client: &mut Client, _: &Limits) -> Result<bool> {
    complains(client, b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$1099511627776\r\n")?;
    client.expect(&["EXISTS", "big"], "(integer) 0")?;
    Ok(true)
}

fn oversized_value(client: &mut Client, limits: &Limits) -> Result<bool> {
    let value = vec![b'x'; limits.value_too_long];
    complains(client, &encode(&[b"SET".as_slice(), b"big", &value]))?;
    client.expect(&["GET", "big"], "(nil)")?;
    Ok(true)
}

/// Sends `input` and sees an error reply, or the connection closed where the machine can close one; then a good
/// command must be answered.
fn complains(client: &mut Client, input: &[u8]) -> Result<()> {
    let shown = String::from_utf8_lossy(&input[..input.len().min(40)]).into_owned();
    let after = |problem: Problem| problem.while_doing(&format!("after {shown:?}"));
    let mut raw = client.raw()?;
    client.count(1);
    if raw.send(input, PATIENCE)? {
        match raw.reply(PATIENCE).map_err(after)? {
            Reply::Error(_) => {}
            Reply::Closed if client.sees_close() => {}
            other => return Err(Problem::new(format!("{shown:?} was answered with {other:?}"))),
        }
    }
    client.settle(&mut raw).map_err(after)?;
    drop(raw);
    client.still_serves().map_err(after)
}

/// Keys until the server says -OOM; what is there stays readable, and room that is made can be used.
fn full_store(client: &mut Client, limits: &Limits) -> Result<bool> {
    if limits.keys == 0 {
        return Ok(false);
    }
    const AT_ONCE: usize = 16;
    let key = |number: usize| format!("fill:{number}");
    let mut raw = client.raw()?;
    let (mut stored, mut full) = (0, false);
    while !full && stored <= limits.keys {
        let batch: Vec<u8> =
            (stored..stored + AT_ONCE).flat_map(|number| encode(&["SET", &key(number), "value"])).collect();
        raw.send(&batch, PATIENCE)?;
        client.count(AT_ONCE as u64);
        for _ in 0..AT_ONCE {
            match raw.reply(PATIENCE)? {
                Reply::Simple(_) if !full => stored += 1,
                Reply::Error(error) if error.starts_with("OOM ") => full = true,
                other => return Err(Problem::new(format!("after {stored} keys: {other:?}"))),
            }
        }
    }
    drop(raw);
    if !full {
        return Err(Problem::new(format!("no -OOM after {stored} keys")));
    }
    client.expect(&["DBSIZE"], &format!("(integer) {stored}"))?;
    client.expect(&["GET", &key(0)], "\"value\"")?;
    client.expect(&["GET", &key(stored - 1)], "\"value\"")?;
    client.refused(&["SET", "one-more", "value"], "OOM")?;
    client.expect(&["SET", &key(0), "other"], "OK")?;
    client.expect(&["DEL", &key(0)], "(integer) 1")?;
    client.expect(&["SET", "one-more", "value"], "OK")?;
    client.expect(&["FLUSHALL"], "OK")?;
    client.expect(&["DBSIZE"], "(integer) 0")?;
    Ok(true)
}

/// The connection is cut in the middle of a command: nothing of it happens, and the next client is served.
fn cut_connection(client: &mut Client, _: &Limits) -> Result<bool> {
    let whole = encode(&["SET", "cut", "0123456789"]);
    for length in [1, 9, whole.len() / 2, whole.len() - 1] {
        let cut = |client: &mut Client, patience| -> Result<()> {
            client.count(1);
            client.raw()?.send(&whole[..length], PATIENCE)?;
            client.next_client(patience);
            client.still_serves()?;
            client.expect(&["GET", "cut"], "(nil)")
        };
        // A machine that the host did not let run during the silence has not heard it; it gets a longer one.
        let served = cut(client, 2).or_else(|_| cut(client, 20));
        served.map_err(|problem| problem.while_doing(&format!("cut after {length} bytes")))?;
    }
    Ok(true)
}
