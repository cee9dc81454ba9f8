//! The standard streams of a process: this program starts itself, talks to it through pipes, and looks at what comes back.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;
use zokio_std::Runtime;
use zokio_std::io::{stderr, stdin, stdout};
use zokio_std::time::timeout;

/// The argument of the process that is talked to.
const ROLE: &str = "--talked-to";

/// Says back in capitals what it is told, and on the other stream how many bytes that were. Gives up reading again and again.
fn talked_to() {
    Runtime::new()
        .unwrap()
        .block_on(async {
            let (mut input, mut output, mut errors) = (stdin(), stdout(), stderr());
            let (mut bytes, mut total, mut given_up) = ([0; 700], 0, 0);
            loop {
                let Ok(len) = timeout(Duration::from_micros(200), input.read(&mut bytes)).await else {
                    given_up += 1;
                    continue;
                };
                let len = len?;
                if len == 0 {
                    break;
                }
                bytes[..len].make_ascii_uppercase();
                output.write_all(&bytes[..len]).await?;
                total += len;
            }
            output.flush().await?;
            errors.write_all(format!("{total} {given_up}").as_bytes()).await?;
            errors.flush().await
        })
        .unwrap();
}

fn main() {
    if std::env::args().nth(1).is_some_and(|role| role == ROLE) {
        return talked_to();
    }
    let mut process = Command::new(std::env::current_exe().unwrap())
        .arg(ROLE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    let text: String = (0..20_000).map(|number| format!("line {number}\n")).collect();
    let said = text.clone();
    let writer = std::thread::spawn(move || {
        // Slowly at first, so that a read has to wait, and is given up.
        for piece in said.as_bytes()[..100].chunks(10) {
            input.write_all(piece).unwrap();
            std::thread::sleep(Duration::from_millis(2));
        }
        input.write_all(&said.as_bytes()[100..]).unwrap();
    });
    let mut heard = String::new();
    process.stdout.take().unwrap().read_to_string(&mut heard).unwrap();
    writer.join().unwrap();
    let mut count = String::new();
    process.stderr.take().unwrap().read_to_string(&mut count).unwrap();
    assert!(process.wait().unwrap().success(), "{count}");
    assert!(heard == text.to_uppercase());
    let (total, given_up) = count.split_once(' ').unwrap();
    assert_eq!(total.parse(), Ok(text.len()));
    assert!(given_up.parse::<usize>().unwrap() > 0, "no read was ever given up");
    println!(
        "test the_standard_streams_carry_everything ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out"
    );
}
