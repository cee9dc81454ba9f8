//! The examples in the documentation of `zokio-wasi`, run where they belong: as modules and as components.

use crate::component_host;
use crate::repository::root;
use crate::steps;
use crate::wasi_host::WasiHost;
use std::process::Command;

/// The commands that run them on the hosts that are here, each with its name; one that is not possible says so.
pub fn tests(module_host: Option<&WasiHost>) -> Vec<(&'static str, Command)> {
    let mut tests = Vec::new();
    match module_host {
        Some(WasiHost::Wasmtime { packages }) => {
            let mut test = command("wasm32-wasip1", "zokio-wasi/run-wasmtime.py");
            test.args(["--features", "std"]).envs(packages.iter().map(|folder| ("PYTHONPATH", folder)));
            tests.push(("examples of zokio-wasi, preview 1", test));
        }
        _ => println!("left out: examples of zokio-wasi on preview 1, because wasmtime is not here: cargo ci setup"),
    }
    match component_host::find() {
        Some(packages) => {
            let mut test = command("wasm32-wasip2", "zokio-wasi/run-component.py");
            test.env("PYTHONPATH", packages);
            tests.push(("examples of zokio-wasi, preview 2", test));
        }
        None => println!(
            "left out: examples of zokio-wasi on preview 2, because its host or target is not here: cargo ci setup"
        ),
    }
    tests
}

fn command(target: &str, runner: &str) -> Command {
    let mut test = steps::command("cargo", ["test", "--doc", "--package", "zokio-wasi", "--target", target]);
    let variable = format!("CARGO_TARGET_{}_RUNNER", target.to_uppercase().replace('-', "_"));
    test.current_dir(root()).env(variable, root().join(runner));
    test
}
