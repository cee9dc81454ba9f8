//! Where things are, and how cargo is called on them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The two workspaces: board crates must not join the host's feature graph.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Workspace {
    /// The root: everything that a host toolchain builds.
    Host,
    /// `targets/`: firmware and WASI modules.
    Targets,
}

/// The repository's root folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Where cargo puts what it builds for the host workspace; tools that are fetched lie there too, in `tools`.
pub fn target_folder() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// A cargo command on `workspace`, run from the root so that one can type it there. `verb` is cargo's: "build", "test".
pub fn cargo<'a>(workspace: Workspace, verb: &str, args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.arg(verb);
    if workspace == Workspace::Targets {
        cargo.args(["--manifest-path", "targets/Cargo.toml"]);
    }
    // What cargo prints is read by the line, so it is to be plain whatever the user likes on a terminal.
    cargo.args(args).current_dir(root()).env("CARGO_TERM_COLOR", "never");
    // `cargo run` describes zokio-ci to its child; a nested cargo must not take that for itself.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO_BIN_NAME" {
            cargo.env_remove(name);
        }
    }
    cargo
}
