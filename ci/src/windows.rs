//! The driver of Windows, executed by wine.

use crate::problem::{Context, Problem, Result};
use crate::progress::Step;
use crate::repository::{Workspace, cargo, root, target_folder};
use crate::setup;
use crate::steps::on_path;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const TARGET: &str = "x86_64-pc-windows-gnu";

/// What Debian calls wine, and a compiler and a linker for programs of Windows.
const PACKAGES: &[&str] = &["wine", "wine64", "gcc-mingw-w64-x86-64-posix"];
const COMPILER: &str = "x86_64-w64-mingw32-gcc";
/// Wine's program for 64 bits, if it is not on PATH under that name.
const WINE: &str = "/usr/lib/wine/wine64";

/// A library that Rust's standard library loads and wine 8 does not have: random numbers.
const SHIM: &str = "\
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T len) { return SystemFunction036(data, (ULONG)len); }
";

fn folder() -> PathBuf {
    target_folder().join("tools/wine")
}

/// Wine with all that it needs.
pub struct Wine(PathBuf);

/// Wine, if it is here.
pub fn find() -> Option<Wine> {
    let program = on_path("wine64").or_else(|| Some(PathBuf::from(WINE)).filter(|path| path.is_file()))?;
    let complete = on_path(COMPILER).is_some() && folder().join("bcryptprimitives.dll").is_file();
    complete.then_some(Wine(program))
}

/// Gets wine from the system's packages, and makes the library that it lacks.
pub fn fetch(step: &Step) -> Result<()> {
    if find().is_some() {
        return Ok(());
    }
    if on_path(COMPILER).is_none() || !(on_path("wine64").is_some() || Path::new(WINE).is_file()) {
        setup::install(step, PACKAGES)?;
    }
    let folder = folder();
    std::fs::create_dir_all(&folder).doing(format_args!("making {}", folder.display()))?;
    let source = folder.join("random.c");
    std::fs::write(&source, SHIM).doing(format_args!("writing {}", source.display()))?;
    let mut compiler = Command::new(COMPILER);
    compiler.args(["-shared", "-o", "bcryptprimitives.dll", "random.c", "-ladvapi32"]).current_dir(&folder);
    setup::fetch(step, &mut compiler)?;
    find().map(drop).ok_or_else(|| Problem::new("wine was installed, and is not here"))
}

impl Wine {
    /// The conformance suite and the runtime's tests.
    pub fn tests(&self) -> Command {
        let words = [
            "--package",
            "zokio-std",
            "--test",
            "conformance",
            "--test",
            "runtime",
            "--test",
            "stdio",
            "--no-fail-fast",
        ];
        let mut tests = cargo(Workspace::Host, "test", words);
        tests.args(["--target", TARGET]);
        self.prepare(&mut tests);
        tests
    }

    /// The examples in the documentation that no other system compiles.
    pub fn examples(&self) -> Command {
        let mut examples = cargo(Workspace::Host, "test", ["--package", "zokio-std", "--doc", "--target", TARGET]);
        self.prepare(examples.args(["--", "named_pipe", "signal"]));
        examples
    }

    /// The command that runs a program.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(&self.0);
        self.prepare(command.arg(program));
        command
    }

    /// As [`command`](Self::command), on the first processor.
    pub fn on_one_processor(&self, program: &Path) -> Command {
        let mut command = Command::new("taskset");
        self.prepare(command.args(["-c", "0"]).arg(&self.0).arg(program));
        command
    }

    /// Makes `command`, or what cargo runs for it, run in wine.
    fn prepare(&self, command: &mut Command) {
        command.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", &self.0);
        command.env("WINEDEBUG", "-all").env("WINEPREFIX", folder().join("prefix")).env("WINEPATH", folder());
    }
}

/// The lints of what there is for Windows.
pub fn lints() -> Command {
    let words = ["--package", "zokio-std", "--features", "http,futures-io,tokio", "--target", TARGET];
    let mut clippy = cargo(Workspace::Host, "clippy", words);
    clippy
        .args(["--test", "conformance", "--test", "runtime", "--test", "stdio", "--lib", "--", "-D", "warnings"])
        .current_dir(root());
    clippy
}
