//! A raw Redis client: for what `redis-cli` would never send.

use crate::problem::{Context, Problem, Result};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// One reply of RESP2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Simple(String),
    Error(String),
    Integer(i64),
    Bulk(Option<Vec<u8>>),
    Array(Vec<Reply>),
    /// The server closed the connection.
    Closed,
}

/// A connection to a server on this machine.
pub struct Raw {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Raw {
    /// Connects to `port` within `limit`.
    pub fn connect(port: u16, limit: Duration) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let stream = TcpStream::connect_timeout(&address, limit).doing(format_args!("connecting to {address}"))?;
        let _ = stream.set_nodelay(true);
        Ok(Self { stream, buffer: Vec::new() })
    }

    /// Sends bytes as they are, within `limit`. `false`: the server has closed the connection.
    pub fn send(&mut self, bytes: &[u8], limit: Duration) -> Result<bool> {
        self.stream.set_write_timeout(Some(limit)).doing("setting a timeout")?;
        match self.stream.write_all(bytes) {
            Ok(()) => Ok(true),
            Err(error) if is_closed(error.kind()) => Ok(false),
            Err(error) => Err(Problem::new(format!("sending {} bytes: {error}", bytes.len()))),
        }
    }

    /// Sends one command in the form that every client uses: an array of bulk strings.
    pub fn command<A: AsRef<[u8]>>(&mut self, args: &[A], limit: Duration) -> Result<bool> {
        self.send(&encode(args), limit)
    }

    /// Reads one reply, within `limit`.
    pub fn reply(&mut self, limit: Duration) -> Result<Reply> {
        let until = Instant::now() + limit;
        loop {
            if let Some((reply, length)) = parse(&self.buffer)? {
                self.buffer.drain(..length);
                return Ok(reply);
            }
            if !self.receive(until)? {
                return Ok(Reply::Closed);
            }
        }
    }

    /// Reads over everything until `wanted` has come, within `limit`.
    pub fn skip_past(&mut self, wanted: &[u8], limit: Duration) -> Result<()> {
        let until = Instant::now() + limit;
        loop {
            if let Some(at) = self.buffer.windows(wanted.len()).position(|window| window == wanted) {
                self.buffer.drain(..at + wanted.len());
                return Ok(());
            }
            if !self.receive(until)? {
                return Err(Problem::new("the connection is closed"));
            }
        }
    }

    /// Waits for more bytes until then. `false`: the server has closed the connection.
    fn receive(&mut self, until: Instant) -> Result<bool> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let got = String::from_utf8_lossy(&self.buffer).into_owned();
                return Err(Problem::new(format!("no whole reply in time; so far {got:?}")));
            }
            self.stream.set_read_timeout(Some(left)).doing("setting a timeout")?;
            let mut bytes = [0; 4096];
            match self.stream.read(&mut bytes) {
                Ok(0) => return Ok(false),
                Ok(read) => {
                    self.buffer.extend_from_slice(&bytes[..read]);
                    return Ok(true);
                }
                Err(error) if is_closed(error.kind()) => return Ok(false),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Problem::new(format!("reading a reply: {error}"))),
            }
        }
    }
}

fn is_closed(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)
}

/// A command as an array of bulk strings.
pub fn encode<A: AsRef<[u8]>>(args: &[A]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args.iter().map(AsRef::as_ref) {
        bytes.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        bytes.extend_from_slice(arg);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// The first reply in `bytes` and its length; `None` while it is not there as a whole.
fn parse(bytes: &[u8]) -> Result<Option<(Reply, usize)>> {
    let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") else { return Ok(None) };
    let line = String::from_utf8_lossy(&bytes[1..end.max(1)]).into_owned();
    let after = end + 2;
    let wrong = || Problem::new(format!("not a RESP2 reply: {:?}", String::from_utf8_lossy(&bytes[..end])));
    let number = || line.parse::<i64>().map_err(|_| wrong());
    let reply = match bytes[0] {
        b'+' => Reply::Simple(line),
        b'-' => Reply::Error(line),
        b':' => Reply::Integer(number()?),
        b'$' => {
            let Ok(length) = usize::try_from(number()?) else { return Ok(Some((Reply::Bulk(None), after))) };
            if bytes.len() < after + length + 2 {
                return Ok(None);
            }
            return Ok(Some((Reply::Bulk(Some(bytes[after..after + length].to_vec())), after + length + 2)));
        }
        b'*' => {
            let (mut items, mut at) = (Vec::new(), after);
            for _ in 0..number()?.max(0) {
                let Some((item, length)) = parse(&bytes[at..])? else { return Ok(None) };
                items.push(item);
                at += length;
            }
            return Ok(Some((Reply::Array(items), at)));
        }
        _ => return Err(wrong()),
    };
    Ok(Some((reply, after)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn every_kind_of_reply_is_read_whole_or_not_at_all() {
        let text = b"*3\r\n$-1\r\n:-7\r\n*2\r\n$4\r\na\r\nb\r\n-ERR no\r\n";
        let wanted = Reply::Array(vec![
            Reply::Bulk(None),
            Reply::Integer(-7),
            Reply::Array(vec![Reply::Bulk(Some(b"a\r\nb".to_vec())), Reply::Error("ERR no".into())]),
        ]);
        for cut in 0..text.len() {
            assert_eq!(parse(&text[..cut]).unwrap(), None, "cut at {cut}");
        }
        assert_eq!(parse(text).unwrap(), Some((wanted, text.len())));
        assert_eq!(parse(b"+OK\r\n+more").unwrap(), Some((Reply::Simple("OK".into()), 5)));
        assert!(parse(b"HTTP/1.1 400\r\n").is_err());
        assert!(parse(b"\r\n").is_err());
    }

    #[test]
    fn commands_are_arrays_of_bulk_strings() {
        assert_eq!(encode(&["GET", "k\r\n"]), b"*2\r\n$3\r\nGET\r\n$3\r\nk\r\n\r\n");
    }

    #[test]
    fn a_reply_in_pieces_is_put_together_and_a_close_is_seen() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            for piece in ["$5\r", "\nhel", "lo\r", "\n:1\r\n"] {
                client.write_all(piece.as_bytes()).unwrap();
                client.flush().unwrap();
                std::thread::yield_now();
            }
        });
        let limit = Duration::from_secs(20);
        let mut raw = Raw::connect(port, limit).unwrap();
        assert_eq!(raw.reply(limit).unwrap(), Reply::Bulk(Some(b"hello".to_vec())));
        raw.skip_past(b":1\r\n", limit).unwrap();
        assert_eq!(raw.reply(limit).unwrap(), Reply::Closed);
        server.join().unwrap();
    }

    #[test]
    fn a_silent_server_is_an_error_not_a_hang() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut raw = Raw::connect(listener.local_addr().unwrap().port(), Duration::from_secs(20)).unwrap();
        assert!(raw.reply(Duration::from_millis(20)).unwrap_err().to_string().contains("no whole reply"));
    }
}
