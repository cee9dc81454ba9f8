//! Other programs, and signals. The programs are this one, told to do something else.

use crate::{Case, descriptors, poll_once};
use std::io::{ErrorKind, Read, Write};
use std::time::Duration;
use zokio_std::Builder;
use zokio_std::process::{Command, Stdio};
use zokio_std::time::{sleep, timeout};
#[cfg(unix)]
use {
    std::os::unix::process::ExitStatusExt,
    zokio_std::signal::{Kind, Signals},
};

pub const CASES: &[Case] = &[
    ("programs_run_and_end", programs_run_and_end),
    ("a_program_is_talked_to_through_pipes", a_program_is_talked_to_through_pipes),
    ("reads_of_a_program_that_are_dropped_lose_nothing", reads_of_a_program_that_are_dropped_lose_nothing),
    ("a_dropped_program_is_killed_if_wanted", a_dropped_program_is_killed_if_wanted),
    #[cfg(unix)]
    ("signals_are_told", signals_are_told),
    #[cfg(windows)]
    ("interrupts_of_the_console_are_told", interrupts_of_the_console_are_told),
];

/// What makes this program one that a test starts.
const ROLE: &str = "ZOKIO_TEST_ROLE";

/// Plays the role that a test gave to this program, if one did.
pub fn play() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let argument = std::env::args().nth(1).unwrap_or_default();
    match role.as_str() {
        "say" => {
            print!("out");
            eprint!("err");
            std::io::stdout().flush().unwrap();
            std::process::exit(argument.parse().unwrap());
        }
        "copy" => {
            let (mut from, mut to, mut bytes) = (std::io::stdin(), std::io::stdout(), vec![0; 10_000]);
            loop {
                match from.read(&mut bytes).unwrap() {
                    0 => break,
                    len => to.write_all(&bytes[..len]).unwrap(),
                }
                to.flush().unwrap();
            }
            std::process::exit(0);
        }
        "where" => {
            print!("{}", std::env::current_dir().unwrap().display());
            std::io::stdout().flush().unwrap();
            std::process::exit(0);
        }
        #[cfg(windows)]
        "interrupted" => {
            interrupted();
            std::process::exit(0);
        }
        _ => loop {
            std::thread::sleep(Duration::from_secs(60));
        },
    }
}

fn program(role: &str) -> Command {
    Command::new(std::env::current_exe().unwrap()).env(ROLE, role)
}

fn programs_run_and_end(builder: Builder) {
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        let output = program("say").arg("3").output().await.unwrap();
        assert_eq!((output.status.code(), &*output.stdout, &*output.stderr), (Some(3), &b"out"[..], &b"err"[..]));
        let missing = Command::new("/no/such/program").status().await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        let mut child = program("sleep").spawn().unwrap();
        {
            let mut wait = Box::pin(child.wait());
            assert!(poll_once(&mut wait).await.is_none());
        }
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        let status = child.wait().await.unwrap();
        assert!(!status.success());
        #[cfg(unix)]
        assert_eq!(status.signal(), Some(9));
        assert_eq!(child.wait().await.unwrap(), status, "told again");
        let place = std::env::temp_dir().canonicalize().unwrap();
        let told = program("where").current_dir(&place).output().await.unwrap();
        assert_eq!(std::path::Path::new(str::from_utf8(&told.stdout).unwrap()).canonicalize().unwrap(), place);
        let all = (0..12).map(|code| async move {
            let run = program("say").arg(code.to_string()).stdout(Stdio::null()).stderr(Stdio::null()).status();
            assert_eq!(run.await.unwrap().code(), Some(code));
        });
        for task in all.map(zokio_std::spawn_local).collect::<Vec<_>>() {
            task.await.unwrap();
        }
        sleep(Duration::from_millis(1)).await;
    });
    assert_eq!(descriptors(), before);
}

fn a_program_is_talked_to_through_pipes(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let mut cat = program("copy").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut to, mut from) = (cat.stdin.take().unwrap(), cat.stdout.take().unwrap());
        // More than a pipe holds, so both ends have to wait for each other.
        let bytes: Vec<u8> = (0..400_000u32).map(|at| at as u8).collect();
        let expected = bytes.clone();
        let writer = zokio_std::spawn_local(async move { to.write_all(&bytes).await });
        assert!(from.read_to_end().await.unwrap() == expected);
        writer.await.unwrap().unwrap();
        assert!(cat.wait().await.unwrap().success());
        let mut gone = program("say").arg("0").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut gone = gone.spawn().unwrap();
        let mut to = gone.stdin.take().unwrap();
        assert!(gone.wait().await.unwrap().success());
        assert_eq!(to.write_all(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

fn reads_of_a_program_that_are_dropped_lose_nothing(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let mut cat = program("copy").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut to, mut from) = (cat.stdin.take().unwrap(), cat.stdout.take().unwrap());
        let (mut seen, mut dropped) = (Vec::new(), 0);
        for round in 0..100u8 {
            to.write_all(&[round; 300]).await.unwrap();
            while seen.len() < 300 * (usize::from(round) + 1) {
                let mut into = [0; 170];
                let read = poll_once(&mut Box::pin(from.read(&mut into))).await;
                match read {
                    Some(len) => seen.extend_from_slice(&into[..len.unwrap()]),
                    None => {
                        dropped += 1;
                        sleep(Duration::from_micros(50)).await;
                    }
                }
            }
        }
        assert!(seen.chunks(300).enumerate().all(|(round, chunk)| chunk == [round as u8; 300]));
        assert!(dropped > 0);
        drop(to);
        assert_eq!(from.read(&mut [0; 10]).await.unwrap(), 0);
        assert!(cat.wait().await.unwrap().success());
    });
}

fn a_dropped_program_is_killed_if_wanted(builder: Builder) {
    builder.build().unwrap().block_on(async {
        // What it writes ends when it does.
        let mut child = program("sleep").stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut said = child.stdout.take().unwrap();
        assert!(poll_once(&mut Box::pin(said.read(&mut [0; 8]))).await.is_none());
        #[cfg(target_os = "linux")]
        let entry = format!("/proc/{}", child.id());
        drop(child);
        let gone = timeout(Duration::from_secs(30), said.read_to_end()).await;
        assert_eq!(gone.expect("it is killed").unwrap(), b"");
        #[cfg(target_os = "linux")]
        {
            let gone = async {
                while std::fs::exists(&entry).unwrap() {
                    sleep(Duration::from_millis(1)).await;
                }
            };
            timeout(Duration::from_secs(30), gone).await.expect("out of the table");
        }
    });
}

#[cfg(unix)]
fn signals_are_told(builder: Builder) {
    builder.build().unwrap().block_on(async {
        assert_eq!(Signals::new(Kind::KILL).unwrap_err().kind(), ErrorKind::InvalidInput);
        let raise = || rustix::process::kill_process(rustix::process::getpid(), Kind::USR1).unwrap();
        let (mut one, mut other) = (Signals::new(Kind::USR1).unwrap(), Signals::new(Kind::USR1).unwrap());
        assert!(poll_once(&mut Box::pin(one.recv())).await.is_none());
        raise();
        one.recv().await.unwrap();
        other.recv().await.unwrap();
        assert!(poll_once(&mut Box::pin(one.recv())).await.is_none());
        // Sent while nobody waits.
        raise();
        one.recv().await.unwrap();
        drop(one);
        raise();
        other.recv().await.unwrap();
        let mut interrupt = Box::pin(zokio_std::signal::ctrl_c());
        assert!(poll_once(&mut interrupt).await.is_none());
        rustix::process::kill_process(rustix::process::getpid(), Kind::INT).unwrap();
        interrupt.await.unwrap();
    });
}

/// In a program of its own, because an interrupt is for all programs of a console.
#[cfg(windows)]
fn interrupts_of_the_console_are_told(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let output = timeout(Duration::from_secs(60), program("interrupted").output()).await.expect("it ends").unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("ended in order"), "{said}");
    });
}

/// The program: interrupts itself in a console that nobody else is in.
#[cfg(windows)]
fn interrupted() {
    use windows_sys::Win32::System::Console::{AllocConsole, CTRL_C_EVENT, FreeConsole, GenerateConsoleCtrlEvent};
    use zokio_std::signal::{Kind, Signals, ctrl_c};
    // SAFETY: none of these names memory.
    let made = unsafe {
        FreeConsole();
        AllocConsole()
    };
    assert_ne!(made, 0, "a console: {}", std::io::Error::last_os_error());
    let press = || {
        // SAFETY: names no memory.
        let done = unsafe { GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0) };
        assert_ne!(done, 0, "{}", std::io::Error::last_os_error());
    };
    zokio_std::Runtime::new().unwrap().block_on(async {
        for _ in 0..2 {
            let (mut one, mut other) = (Box::pin(ctrl_c()), Box::pin(ctrl_c()));
            assert!(poll_once(&mut one).await.is_none() && poll_once(&mut other).await.is_none());
            press();
            let told = zokio_std::future::join((one, other)).await;
            assert!(matches!(told, (Ok(()), Ok(()))));
        }
        let (mut watching, mut late) = (Signals::new(Kind::CtrlC).unwrap(), Signals::new(Kind::CtrlC).unwrap());
        for _ in 0..3 {
            // A wait that is given up takes nothing.
            assert!(poll_once(&mut Box::pin(watching.recv())).await.is_none());
            press();
            watching.recv().await.unwrap();
        }
        for _ in 0..3 {
            assert!(poll_once(&mut Box::pin(late.recv())).await.is_some(), "all that came while nobody looked");
        }
        assert!(poll_once(&mut Box::pin(late.recv())).await.is_none());
        let mut other_kind = Signals::new(Kind::CtrlBreak).unwrap();
        press();
        late.recv().await.unwrap();
        assert!(poll_once(&mut Box::pin(other_kind.recv())).await.is_none());
    });
    println!("ended in order");
}
