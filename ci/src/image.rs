//! Building one program for one machine.

use crate::problem::{Problem, Result};
use crate::progress::{Mark, Step};
use crate::repository::{Workspace, cargo};
use crate::steps;
use std::path::PathBuf;
use std::time::Duration;

/// A release build on two slow cores, with everything still to download.
const BUILD: Duration = Duration::from_secs(20 * 60);

/// A program that cargo builds: which one, and for which target.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Image {
    pub package: &'static str,
    pub bin: &'static str,
    /// `None` for the host.
    pub target: Option<&'static str>,
    pub workspace: Workspace,
    /// Whether it is built in release mode.
    pub release: bool,
    /// Whether it is a library that its host loads.
    pub library: bool,
    /// More arguments for cargo: which features, where it is not the default ones.
    pub options: &'static [&'static str],
}

impl Image {
    /// A program for the host, named like its package.
    pub const fn host(package: &'static str) -> Self {
        Self::host_of(package, package)
    }

    /// One of several programs of a package for the host.
    pub const fn host_of(package: &'static str, bin: &'static str) -> Self {
        Self { package, bin, target: None, workspace: Workspace::Host, release: true, library: false, options: &[] }
    }

    /// A program of the `targets` workspace.
    pub const fn targets(package: &'static str, bin: &'static str, target: &'static str) -> Self {
        Self {
            package,
            bin,
            target: Some(target),
            workspace: Workspace::Targets,
            release: true,
            library: false,
            options: &[],
        }
    }

    /// The same program, built with more arguments for cargo. It lies where the one without them does: run it at once.
    pub const fn with(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    /// A library of that name instead of a program.
    pub const fn library(self) -> Self {
        Self { library: true, ..self }
    }

    /// The same program in debug mode.
    pub const fn debug(self) -> Self {
        Self { release: false, ..self }
    }

    /// What tables call it: the package, and the program where the package has several.
    pub fn name(&self) -> String {
        if self.package == self.bin { self.package.to_owned() } else { format!("{} {}", self.package, self.bin) }
    }

    /// Builds it and says where it lies. A failure shows what cargo printed.
    pub fn build(&self) -> Result<PathBuf> {
        let mut args = vec!["--package", self.package];
        if self.library {
            args.push("--lib");
        } else {
            args.extend(["--bin", self.bin]);
        }
        args.extend(self.release.then_some("--release"));
        args.extend(self.target.iter().flat_map(|target| ["--target", target]));
        args.extend(self.options);
        args.push("--message-format=json-render-diagnostics");
        let step = Step::start(format!("build {}", self.name()));
        let mut command = cargo(self.workspace, "build", args);
        let output = match steps::within(&step, &mut command, BUILD) {
            Ok(output) => output,
            Err(problem) => {
                step.end(Mark::Failed, "");
                return Err(problem);
            }
        };
        let found = if self.library { module(&output.stdout, self.bin) } else { executable(&output.stdout, self.bin) };
        if let Some(path) = found.filter(|_| output.ok()) {
            step.end(Mark::Ok, "");
            return Ok(path);
        }
        step.end(Mark::Failed, "");
        steps::show(&output);
        let problem = Problem::new(format!("building {} {}", self.name(), output.ending()));
        Err(problem.next(format!("by hand: {}", steps::shown(&command))))
    }
}

/// Where cargo says that it put the program `bin`.
fn executable(messages: &str, bin: &str) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut ours =
        messages.filter(|message| message["reason"] == "compiler-artifact" && message["target"]["name"] == bin);
    ours.find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

/// Where cargo says that it put the WebAssembly module of library `name`.
fn module(messages: &str, name: &str) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut ours =
        messages.filter(|message| message["reason"] == "compiler-artifact" && message["target"]["name"] == name);
    let files = ours.find_map(|message| message["filenames"].as_array().cloned())?;
    files.iter().filter_map(|file| file.as_str()).find(|file| file.ends_with(".wasm")).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_the_one_cargo_names() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"kv"},"executable":null}"#,
            "\nnot a message\n",
            r#"{"reason":"compiler-artifact","target":{"name":"kv-server"},"executable":"/t/release/kv-server"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(messages, "kv-server"), Some(PathBuf::from("/t/release/kv-server")));
        assert_eq!(executable(messages, "kv"), None);
    }
}
