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

/// A cargo command on `workspace`, run from its folder so that its `.cargo/config.toml` holds.
pub fn cargo<'a>(workspace: Workspace, args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut cargo = Command::new("cargo");
    // What cargo prints is read by the line, so it is to be plain whatever the user likes on a terminal.
    cargo.args(args).current_dir(folder(workspace)).env("CARGO_TERM_COLOR", "never");
    if std::env::var_os("CARGO_TARGET_DIR").is_some() {
        // A relative one means "from the root" whichever folder cargo runs in.
        cargo.env("CARGO_TARGET_DIR", target_folder());
    }
    // `cargo run` describes zokio-ci to its child; a nested cargo must not take that for itself.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO_BIN_NAME" {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// The folder of a workspace.
pub fn folder(workspace: Workspace) -> PathBuf {
    match workspace {
        Workspace::Host => root(),
        Workspace::Targets => root().join("targets"),
    }
}
