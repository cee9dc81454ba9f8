//! What runs a WASI module here: wasmtime's Python wheel in a folder of its own, the system's if it is there already,
//! or Node.

use crate::installed::Installed;
use crate::problem::{Problem, Result};
use crate::progress::Step;
use crate::repository::{root, target_folder};
use crate::steps::{self, command, on_path};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The wheel that the demo and the tests were tried with. It needs nothing beside Python.
const VERSION: &str = "50.0.1";

/// An interpreter, and the host with sockets for preview 1. For the driver's own tests only.
pub const WASMI: Installed = Installed { package: "wasmi_cli", version: "2.0.0", program: "wasmi", options: &[] };

/// A host for WASI preview 1 modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WasiHost {
    /// Python, with the wheel unpacked in this folder, or among its own packages.
    Wasmtime {
        packages: Option<PathBuf>,
    },
    Node,
    /// The program.
    Wasmi(PathBuf),
}

impl WasiHost {
    /// The host that is there already. Takes a tenth of a second at most where setup has run.
    pub fn find() -> Option<Self> {
        let packages = packages();
        if on_path("python3").is_some() {
            if packages.join(format!("wasmtime-{VERSION}.dist-info/RECORD")).is_file() {
                return Some(Self::Wasmtime { packages: Some(packages) });
            }
            let mut import = command("python3", ["-c", "import wasmtime"]);
            if steps::quiet(&mut import, Duration::from_secs(20)).is_ok_and(|output| output.ok()) {
                return Some(Self::Wasmtime { packages: None });
            }
        }
        None
    }

    /// Fetches wasmtime's wheel with pip into the target folder, where it disturbs nobody.
    pub fn fetch(step: &Step) -> Result<Self> {
        let folder = packages();
        let wheel = format!("wasmtime=={VERSION}");
        let mut pip = command("python3", ["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]);
        pip.arg("--disable-pip-version-check").arg("--upgrade").arg("--target").arg(&folder).arg(&wheel);
        let output = steps::within(step, &mut pip, Duration::from_secs(300))?;
        if output.ok() {
            return Ok(Self::Wasmtime { packages: Some(folder) });
        }
        let reason = crate::setup::complaint(&output.all);
        Err(Problem::new(format!("pip could not fetch {wheel}: {reason}")).next(steps::shown(&pip)))
    }

    /// Node, if it is there: the second choice, its `poll_oneoff` has gaps that wasmtime's has not.
    pub fn node() -> Option<Self> {
        on_path("node").map(|_| Self::Node)
    }

    /// The hosts that are here beside this one.
    pub fn others(&self) -> Vec<Self> {
        let all = Self::node().into_iter().chain(WASMI.find().map(Self::Wasmi));
        all.filter(|host| host != self).collect()
    }

    /// The command that runs `module` with `args`, on its own standard streams.
    pub fn command(&self, module: &Path, args: &[&str]) -> Command {
        let mut host = match self {
            Self::Wasmtime { packages } => {
                let mut python = command("python3", [root().join("zokio-wasi/run-wasmtime.py")]);
                python.envs(packages.iter().map(|folder| ("PYTHONPATH", folder)));
                python
            }
            Self::Wasmi(program) => command(&program.to_string_lossy(), ["--dir", "."]),
            Self::Node => command("node", ["--no-warnings".into(), root().join("zokio-wasi/run-node.mjs")]),
        };
        host.arg(module).args(args);
        host
    }

    /// Its name for the report of the set-up.
    pub fn name(&self) -> String {
        match self {
            Self::Wasmtime { packages: Some(_) } => format!("wasmtime {VERSION}"),
            Self::Wasmtime { packages: None } => "wasmtime of the system's Python".to_owned(),
            Self::Node => "Node".to_owned(),
            Self::Wasmi(_) => format!("wasmi {}", WASMI.version),
        }
    }
}

fn packages() -> PathBuf {
    target_folder().join("tools/wasmtime")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_module_and_arguments_in_order() {
        let host = WasiHost::Wasmtime { packages: Some("/p".into()) };
        let command = host.command(Path::new("/m/kv.wasm"), &["a", "b"]);
        let shown = steps::shown(&command);
        assert!(
            shown.starts_with("python3 ") && shown.ends_with("/zokio-wasi/run-wasmtime.py /m/kv.wasm a b"),
            "{shown}"
        );
        assert!(command.get_envs().any(|(name, value)| name == "PYTHONPATH" && value == Some("/p".as_ref())));
        assert!(steps::shown(&WasiHost::Node.command(Path::new("m"), &[])).ends_with("run-node.mjs m"));
    }
}
