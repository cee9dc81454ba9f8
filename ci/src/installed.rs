//! Programs that are built from source by cargo, which takes a minute or two each.

use crate::problem::{Problem, Result};
use crate::progress::Step;
use crate::repository::target_folder;
use crate::setup::complaint;
use crate::steps::{self, command, on_path};
use std::path::PathBuf;
use std::time::Duration;

const INSTALL: Duration = Duration::from_secs(15 * 60);

/// A program of a package.
pub struct Installed {
    pub package: &'static str,
    pub version: &'static str,
    pub program: &'static str,
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
        let words = ["install", "--quiet", "--locked", "--version", self.version, self.package, "--root"];
        let mut install = command("cargo", words);
        // Not in the folder of this workspace, which another cargo may hold.
        install.arg(self.folder()).env("CARGO_TARGET_DIR", self.folder().join("target"));
        let output = steps::within(step, &mut install, INSTALL)?;
        let _ = std::fs::remove_dir_all(self.folder().join("target"));
        if output.ok() {
            return Ok(());
        }
        Err(Problem::new(complaint(&output.all)).next(steps::shown(&install)))
    }
}
