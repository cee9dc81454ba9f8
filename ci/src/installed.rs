//! Programs that are built from source by cargo: once, and none that the machine has already.

use crate::problem::{Problem, Result};
use crate::progress::Step;
use crate::repository::target_folder;
use crate::setup::complaint;
use crate::steps::{self, command, on_path};
use std::path::PathBuf;
use std::time::Duration;

/// The largest takes a quarter of an hour on two slow cores.
const INSTALL: Duration = Duration::from_secs(40 * 60);

/// A program of a package.
pub struct Installed {
    pub package: &'static str,
    pub version: &'static str,
    pub program: &'static str,
    /// What cargo is told beside that.
    pub options: &'static [&'static str],
}

impl Installed {
    fn folder(&self) -> PathBuf {
        target_folder().join("tools").join(self.package)
    }

    /// The program, if it is here.
    pub fn find(&self) -> Option<PathBuf> {
        let ours = self.folder().join("bin").join(self.program);
        if ours.is_file() { Some(ours) } else { on_path(self.program) }
    }

    /// Builds it if it is not here.
    pub fn fetch(&self, step: &Step) -> Result<()> {
        if self.find().is_some() {
            return Ok(());
        }
        step.note(&format!("building {}", self.package));
        let words = ["install", "--locked", "--version", self.version, self.package];
        let mut install = command("cargo", words.iter().chain(self.options));
        // Not in the folder of this workspace, which another cargo may hold.
        install.arg("--root").arg(self.folder()).env("CARGO_TARGET_DIR", self.folder().join("target"));
        let output = steps::within(step, &mut install, INSTALL)?;
        let _ = std::fs::remove_dir_all(self.folder().join("target"));
        if output.ok() {
            return Ok(());
        }
        Err(Problem::new(complaint(&output.all)).next(steps::shown(&install)))
    }
}
