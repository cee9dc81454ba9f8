//! jco, a package of npm: a host of components on Node.

use crate::problem::{Context, Problem, Result};
use crate::progress::Step;
use crate::repository::target_folder;
use crate::setup;
use crate::steps::{command, on_path};
use std::path::PathBuf;

const PACKAGES: &[&str] = &["@bytecodealliance/jco@1", "@bytecodealliance/preview2-shim@0.17"];

/// Where it is, if it is here.
pub fn folder() -> PathBuf {
    target_folder().join("tools/jco")
}

/// The program, if it is here.
pub fn find() -> Option<PathBuf> {
    let program = folder().join("node_modules/.bin/jco");
    (program.exists() && crate::component_host::has_target()).then_some(program)
}

/// Fetches it; seconds on a fresh machine.
pub fn fetch(step: &Step) -> Result<()> {
    if find().is_some() {
        return Ok(());
    }
    if on_path("npm").is_none() {
        return Err(Problem::new("no npm here"));
    }
    let folder = folder();
    std::fs::create_dir_all(&folder).doing(format_args!("making {}", folder.display()))?;
    let mut npm = command("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix"]);
    npm.arg(&folder).args(PACKAGES);
    setup::fetch(step, &mut npm)
}
