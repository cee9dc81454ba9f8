//! Ctrl-C as somebody types it at a terminal, for a program of Windows: wine gives a program that is started in a terminal a
//! console, and makes the console's events of what is typed.

use crate::client::PATIENCE;
use crate::group::Group;
use crate::image::Image;
use crate::problem::{Context, Problem, Result};
use crate::progress::{Mark, Step};
use crate::running::free_port;
use crate::steps::{on_path, shown};
use crate::windows::{TARGET, Wine};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// From the start to where it listens: wine sets up its folder first if it is new.
const START: Duration = Duration::from_secs(120);
/// What a terminal sends for Ctrl-C.
const CTRL_C: u8 = 3;

/// Starts the web server of the examples in a terminal, asks it once, presses Ctrl-C while the connection is open, and sees it
/// end in order.
pub fn ctrl_c(wine: &Wine) -> Result<()> {
    let program = Image { target: Some(TARGET), ..Image::host_of("web", "hello") }.debug().build()?;
    if on_path("script").is_none() {
        return Err(Problem::new("no `script`, which makes a terminal").next("apt-get install bsdutils"));
    }
    let step = Step::start("Ctrl-C typed at a terminal, by wine");
    let port = free_port()?;
    let mut server = wine.command(&program);
    server.args(["--listen", &format!("127.0.0.1:{port}"), "--driver", "iocp"]);
    let ended = typed(&server, port);
    step.end(if ended.is_ok() { Mark::Ok } else { Mark::Failed }, "");
    ended
}

fn typed(server: &Command, port: u16) -> Result<()> {
    let mut terminal = Command::new("script");
    // By `exec`: a shell that stays is in the foreground too, and ends by the Ctrl-C itself, with a status of its own.
    terminal.args(["-qec", &format!("exec {}", shown(server)), "/dev/null"]);
    terminal.envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut group = Group::start(terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()))?;
    let child = group.child();
    let (Some(mut keyboard), Some(mut screen)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Problem::new("a terminal without a keyboard"));
    };
    // What is drawn goes nowhere, and must not fill the terminal up.
    std::thread::spawn(move || std::io::copy(&mut screen, &mut std::io::sink()));
    let until = Instant::now() + START;
    let mut client = loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            Ok(client) => break client,
            Err(_) if Instant::now() < until && group.ended().is_none() => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return Err(Problem::new(format!("the server does not listen: {error}"))),
        }
    };
    client.set_read_timeout(Some(PATIENCE)).doing("limiting a read")?;
    client.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").doing("asking")?;
    let mut answer = [0; 12];
    client.read_exact(&mut answer).doing("reading the answer")?;
    keyboard.write_all(&[CTRL_C]).doing("typing")?;
    match group.wait(PATIENCE) {
        Some(status) if status.success() && answer.ends_with(b" 200") => Ok(()),
        Some(status) => Err(Problem::new(format!("the server answered {answer:?} and ended with {status}"))),
        None => Err(Problem::new("the server runs on after Ctrl-C")),
    }
}
