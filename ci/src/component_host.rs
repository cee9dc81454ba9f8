//! What builds and runs preview 2 components here: the target, a wheel of wasmtime that gives a component sockets, and the
//! command.

use crate::installed::Installed;
use crate::problem::{Problem, Result};
use crate::progress::Step;
use crate::repository::target_folder;
use crate::steps::{self, command};
use std::path::PathBuf;
use std::time::Duration;

const TARGET: &str = "wasm32-wasip2";
/// The last wheel whose `inherit_network` lets a component create sockets.
const VERSION: &str = "46.0.1";

/// `wasmtime run` and `wasmtime serve`: the newest line that this toolchain builds, with what these need. The host's own code
/// is optimised a little only, which halves the build; what it compiles is not affected.
pub const COMMAND: Installed = Installed {
    package: "wasmtime-cli",
    version: "48.0.8",
    program: "wasmtime",
    options: &[
        "--no-default-features",
        "--features",
        "run,serve,component-model-async,cranelift,parallel-compilation",
        "--config",
        "profile.release.opt-level=1",
        "--config",
        "profile.release.lto=false",
    ],
};

fn packages() -> PathBuf {
    target_folder().join("tools/wasmtime-46")
}

/// The folder for `PYTHONPATH`, if everything is there.
pub fn find() -> Option<PathBuf> {
    let wheel = packages().join(format!("wasmtime-{VERSION}.dist-info/RECORD")).is_file();
    (wheel && has_target()).then(packages)
}

pub fn has_target() -> bool {
    let mut rustc = command("rustc", ["--print", "target-libdir", "--target", TARGET]);
    steps::quiet(&mut rustc, Duration::from_secs(20))
        .is_ok_and(|output| output.ok() && PathBuf::from(output.all.trim()).is_dir())
}

/// Fetches what is not there; seconds on a fresh machine.
pub fn fetch(step: &Step) -> Result<()> {
    if find().is_some() {
        return Ok(());
    }
    if !has_target() {
        run(step, command("rustup", ["target", "add", TARGET]))?;
    }
    let mut pip = command("python3", ["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]);
    pip.arg("--disable-pip-version-check").arg("--upgrade").arg("--target").arg(packages());
    pip.arg(format!("wasmtime=={VERSION}"));
    run(step, pip)
}

fn run(step: &Step, mut command: std::process::Command) -> Result<()> {
    let output = steps::within(step, &mut command, Duration::from_secs(300))?;
    if output.ok() {
        return Ok(());
    }
    Err(Problem::new(crate::setup::complaint(&output.all)).next(steps::shown(&command)))
}
