//! The servers of this folder as programs of their own, on each driver: curl and wrk talk to them, and Ctrl-C ends them.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

const DRIVERS: [&str; 2] = ["uring", "epoll"];

struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    /// Starts a program; `None` where the driver cannot be had.
    fn start(program: &str, driver: &str, more: &[&str]) -> Option<Self> {
        let mut process = Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--driver", driver])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut output, mut line) = (BufReader::new(process.stdout.take().unwrap()), String::new());
        output.read_line(&mut line).unwrap();
        let Some(address) = line.strip_prefix("listening on ").and_then(|line| line.split(' ').next()) else {
            assert!(driver == "uring" && !process.wait().unwrap().success(), "{program}: {line:?}");
            eprintln!("SKIPPED: no {driver} here");
            return None;
        };
        let address = address.to_owned();
        Some(Self { process, output, address })
    }

    /// As somebody at a terminal would.
    fn interrupt(mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success(), "it ends as it should");
        let mut rest = String::new();
        assert_eq!(self.output.read_line(&mut rest).unwrap(), 0, "{rest}");
    }
}

/// What a program says; `None` where it is missing.
fn run(program: &str, words: &[&str]) -> Option<Output> {
    match Command::new(program).args(words).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: no {program} here: cargo ci setup");
            None
        }
        output => Some(output.unwrap()),
    }
}

fn curl(words: &[&str]) -> Option<String> {
    let output = run("curl", &[&["-sS", "--max-time", "20"], words].concat())?;
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn hello_answers_curl_and_wrk() {
    for driver in DRIVERS {
        let Some(server) = Server::start(env!("CARGO_BIN_EXE_hello"), driver, &[]) else { continue };
        let url = format!("http://{}/", server.address);
        if let Some(text) = curl(&[&url]) {
            assert_eq!(text, "Hello, world!\n");
        }
        if let Some(output) = run("wrk", &["-t1", "-c50", "-d1s", &url]) {
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success() && text.contains("Requests/sec"), "{text}");
            assert!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "{text}");
            let requests: u64 = text
                .split_whitespace()
                .zip(text.split_whitespace().skip(1))
                .find_map(|(number, word)| (word == "requests").then(|| number.parse().ok())?)
                .unwrap();
            assert!(requests > 50, "{text}");
        }
        server.interrupt();
    }
}

#[test]
fn axum_routes_and_extracts() {
    for driver in DRIVERS {
        let Some(server) = Server::start(env!("CARGO_BIN_EXE_axum"), driver, &[]) else { continue };
        let url = |path: &str| format!("http://{}/{path}", server.address);
        for number in 1..3 {
            let Some(text) = curl(&[&url("hello/zokio")]) else { continue };
            assert_eq!(text, format!("hello zokio, you are number {number}\n"));
        }
        let json = ["-H", "content-type: application/json", "-d"];
        if let Some(text) = curl(&[&json[..], &["[1, 2, 39]", &url("sum")]].concat()) {
            assert_eq!(text, "42");
            let refused = curl(&[&json[..], &["[1, 2", "-o", "/dev/null", "-w", "%{http_code}", &url("sum")]].concat());
            assert_eq!(refused.unwrap(), "400");
            assert_eq!(curl(&["-o", "/dev/null", "-w", "%{http_code}", &url("nothing")]).unwrap(), "404");
        }
        server.interrupt();
    }
}

#[test]
fn tls_is_vouched_for_by_its_certificate() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.join(name).display().to_string());
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    for driver in DRIVERS {
        let more = ["--certificate", &certificate, "--key", &key];
        let Some(server) = Server::start(env!("CARGO_BIN_EXE_tls"), driver, &more) else { continue };
        let url = format!("https://{}/", server.address);
        if let Some(text) = curl(&["--cacert", &certificate, &url, &url]) {
            assert_eq!(text, "Hello, in private!\nHello, in private!\n");
            // Whoever does not know the certificate does not talk to it, and the server lives on.
            assert!(!run("curl", &["-sS", &url]).unwrap().status.success());
            assert_eq!(curl(&["--cacert", &certificate, &url]).unwrap(), "Hello, in private!\n");
        }
        server.interrupt();
    }
}
