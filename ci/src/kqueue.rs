//! The kqueue driver: executed on Linux through libkqueue, and checked for the systems that have a kqueue.

use crate::problem::{Context, Problem, Result};
use crate::progress::Step;
use crate::repository::{Workspace, cargo, target_folder};
use crate::setup::complaint;
use crate::steps::{self, command, on_path};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Systems with a kqueue; no machine here runs their programs.
pub const TARGETS: &[&str] = &[
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
    "aarch64-apple-ios",
    "x86_64-unknown-freebsd",
    "x86_64-unknown-netbsd",
];

/// The package with the static library. Debian has it in its experimental suite only.
const PACKAGE: &str = "libkqueue-dev";
const LIBRARY: &str = "libkqueue.a";
const FETCH: Duration = Duration::from_secs(300);

fn folder() -> PathBuf {
    target_folder().join("tools/libkqueue")
}

/// The folder with the library, if it is here.
pub fn find() -> Option<PathBuf> {
    folder().join(LIBRARY).is_file().then(folder)
}

/// Gets the library out of its package, which needs no installation. The mirror is that of the machine's own sources.
pub fn fetch(step: &Step) -> Result<()> {
    if find().is_some() {
        return Ok(());
    }
    if ["apt-get", "dpkg"].iter().any(|program| on_path(program).is_none()) {
        return Err(Problem::new("no apt-get and dpkg here, to fetch libkqueue with"));
    }
    let work = folder().join("package");
    std::fs::create_dir_all(work.join("lists/partial")).doing(format_args!("making {}", work.display()))?;
    let (mirror, key) = mirror()?;
    let signed = key.map_or(String::new(), |key| format!("[signed-by={key}] "));
    let list = work.join("experimental.list");
    std::fs::write(&list, format!("deb {signed}{mirror} experimental main\n")).doing("writing the list of sources")?;
    let apt = |words: &[&str]| {
        let mut apt = command("apt-get", ["-q", "-o", "Dir::Etc::sourceparts=/dev/null", "-o"]);
        apt.arg(format!("Dir::Etc::sourcelist={}", list.display())).arg("-o");
        apt.arg(format!("Dir::State::lists={}", work.join("lists").display()));
        apt.args(words).current_dir(&work);
        apt
    };
    run(step, apt(&["update"]))?;
    run(step, apt(&["download", PACKAGE]))?;
    let package = find_in(&work, ".deb").ok_or_else(|| Problem::new(format!("apt-get fetched no {PACKAGE}")))?;
    let mut unpack = command("dpkg", ["-x"]);
    unpack.arg(package).arg(work.join("root"));
    run(step, unpack)?;
    let library = find_in(&work.join("root"), LIBRARY);
    let library = library.ok_or_else(|| Problem::new(format!("{PACKAGE} has no {LIBRARY}")))?;
    std::fs::copy(&library, folder().join(LIBRARY)).doing("copying the library")?;
    let _ = std::fs::remove_dir_all(work);
    Ok(())
}

fn run(step: &Step, mut command: Command) -> Result<()> {
    let output = steps::within(step, &mut command, FETCH)?;
    if output.ok() { Ok(()) } else { Err(Problem::new(complaint(&output.all)).next(steps::shown(&command))) }
}

/// Where this machine gets Debian's packages, and the key that they are signed with.
fn mirror() -> Result<(String, Option<String>)> {
    let sources = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let text = sources("/etc/apt/sources.list.d/debian.sources");
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    if let Some(mirror) = field("URIs:") {
        let mirror = mirror.split_whitespace().next().unwrap_or(mirror);
        return Ok((mirror.to_owned(), field("Signed-By:").map(str::to_owned)));
    }
    let list = sources("/etc/apt/sources.list");
    let mut words = list.lines().filter(|line| line.starts_with("deb ")).flat_map(str::split_whitespace);
    match words.find(|word| word.contains("://")) {
        Some(mirror) => Ok((mirror.to_owned(), None)),
        None => Err(Problem::new("this is no Debian: its sources name no mirror")),
    }
}

/// A file under `folder` whose name ends with `ending`.
fn find_in(folder: &Path, ending: &str) -> Option<PathBuf> {
    std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).find_map(|path| {
        if path.is_dir() && !path.is_symlink() {
            return find_in(&path, ending);
        }
        path.to_string_lossy().ends_with(ending).then_some(path)
    })
}

/// The conformance suite and the runtime's tests on kqueue.
pub fn tests(library: &Path) -> Command {
    let words = ["--package", "zokio-std", "--test", "conformance", "--test", "runtime", "--test", "stdio"];
    let mut tests = cargo(Workspace::Host, "test", words);
    tests.arg("--no-fail-fast");
    // A build of its own beside the others, which have no kqueue.
    tests.arg("--target-dir").arg(target_folder().join("libkqueue")).env("ZOKIO_LIBKQUEUE", library);
    tests
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_ending() {
        let folder = std::env::temp_dir().join(format!("zokio-ci-find-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("a/b")).unwrap();
        assert_eq!(find_in(&folder, ".deb"), None);
        std::fs::write(folder.join("a/b/one.deb"), "").unwrap();
        assert_eq!(find_in(&folder, ".deb"), Some(folder.join("a/b/one.deb")));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
