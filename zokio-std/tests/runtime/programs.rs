//! Other programs, and signals.

use crate::{Case, descriptors, poll_once};
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;
use zokio_std::Builder;
use zokio_std::process::{Command, Stdio};
use zokio_std::signal::{Kind, Signals};
use zokio_std::time::{sleep, timeout};

pub const CASES: &[Case] = &[
    ("programs_run_and_end", programs_run_and_end),
    ("a_program_is_talked_to_through_pipes", a_program_is_talked_to_through_pipes),
    ("a_dropped_program_is_killed_if_wanted", a_dropped_program_is_killed_if_wanted),
    ("signals_are_told", signals_are_told),
];

fn programs_run_and_end(builder: Builder) {
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        let output = Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]).output().await.unwrap();
        assert_eq!((output.status.code(), &*output.stdout, &*output.stderr), (Some(3), &b"out\n"[..], &b"err\n"[..]));
        let missing = Command::new("/no/such/program").status().await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        {
            let mut wait = Box::pin(child.wait());
            assert!(poll_once(&mut wait).await.is_none());
        }
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
        assert_eq!(child.wait().await.unwrap().signal(), Some(9), "told again");
        let variable = Command::new("sh").args(["-c", "test $ONE = two && test $PWD = /"]).env("ONE", "two");
        assert!(variable.current_dir("/").status().await.unwrap().success());
        let all = (0..12).map(|code| async move {
            let run = Command::new("sh").args(["-c", &format!("exit {code}")]).status();
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
        let mut cat = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut to, mut from) = (cat.stdin.take().unwrap(), cat.stdout.take().unwrap());
        // More than a pipe holds, so both ends have to wait for each other.
        let bytes: Vec<u8> = (0..400_000u32).map(|at| at as u8).collect();
        let expected = bytes.clone();
        let writer = zokio_std::spawn_local(async move { to.write_all(&bytes).await });
        assert!(from.read_to_end().await.unwrap() == expected);
        writer.await.unwrap().unwrap();
        assert!(cat.wait().await.unwrap().success());
        let mut gone = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
        let mut to = gone.stdin.take().unwrap();
        assert!(gone.wait().await.unwrap().success());
        assert_eq!(to.write_all(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

fn a_dropped_program_is_killed_if_wanted(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let child = Command::new("sleep").arg("60").kill_on_drop(true).spawn().unwrap();
        let entry = format!("/proc/{}", child.id());
        assert!(std::fs::exists(&entry).unwrap());
        drop(child);
        let gone = async {
            while std::fs::exists(&entry).unwrap() {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(30), gone).await.expect("killed, and out of the table");
    });
}

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
