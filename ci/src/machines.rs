//! The list of machines. A machine is added here and nowhere else.

use crate::image::Image;

/// One machine that the application runs on.
pub struct Machine {
    /// What the tables call it.
    pub name: &'static str,
    /// What its executor parks on.
    pub driver: &'static str,
    /// The key-value server for it.
    pub kv: Image,
    /// How it is started and reached.
    pub start: Start,
    /// What its stores are made for, so that the session knows what is too much.
    pub limits: Limits,
}

/// How a machine is started and how a Redis client reaches it.
pub enum Start {
    /// A process that listens on TCP; gets `--listen ADDRESS` and these arguments.
    Tcp(&'static [&'static str]),
    /// A WASI module on standard input and output, which `bridge.rs` turns into TCP.
    Stdio,
    /// QEMU with these arguments; each of its first `links` serial ports is a TCP socket with one client at a time.
    Qemu { emulator: &'static str, args: &'static [&'static str], links: usize },
}

/// Capacities of the kv server on a machine.
pub struct Limits {
    /// A value of this many bytes is too long.
    pub value_too_long: usize,
    /// After at most this many keys the store is full.
    pub keys: usize,
}

const CORTEX_M3: &str = "thumbv7m-none-eabi";
const CORTEX_M0: &str = "thumbv6m-none-eabi";
const RISC_V: &str = "riscv32imac-unknown-none-elf";
const WASI: &str = "wasm32-wasip1";

const LM3S6965EVB: &[&str] = &["-machine", "lm3s6965evb"];
const MICROBIT: &[&str] = &["-machine", "microbit"];
const VIRT: &[&str] = &["-machine", "virt", "-cpu", "rv32", "-bios", "none"];

/// The machines of the demo: six rows, five kinds of machine.
pub const MACHINES: &[Machine] = &[
    Machine {
        name: "server, io_uring",
        driver: "uring",
        kv: Image::host("kv-server"),
        start: Start::Tcp(&["--driver", "uring"]),
        limits: SERVER,
    },
    Machine {
        name: "server, epoll",
        driver: "epoll",
        kv: Image::host("kv-server"),
        start: Start::Tcp(&["--driver", "epoll"]),
        limits: SERVER,
    },
    Machine {
        name: "WASI, wasmtime",
        driver: "poll_oneoff",
        kv: Image::targets("kv-wasi", "kv-wasi", WASI),
        start: Start::Stdio,
        limits: Limits { value_too_long: 1 << 16, keys: 1 << 16 },
    },
    Machine {
        name: "Cortex-M3, lm3s6965evb",
        driver: "SysTick + WFI",
        kv: Image::targets("kv-firmware", "lm3s6965evb", CORTEX_M3),
        start: Start::Qemu { emulator: "qemu-system-arm", args: LM3S6965EVB, links: 3 },
        limits: BOARD,
    },
    Machine {
        name: "Cortex-M0, microbit",
        driver: "SysTick + WFI",
        kv: Image::targets("kv-firmware", "microbit", CORTEX_M0),
        start: Start::Qemu { emulator: "qemu-system-arm", args: MICROBIT, links: 1 },
        limits: BOARD,
    },
    Machine {
        name: "RISC-V, virt",
        driver: "CLINT + WFI",
        kv: Image::targets("kv-firmware", "virt", RISC_V),
        start: Start::Qemu { emulator: "qemu-system-riscv32", args: VIRT, links: 1 },
        limits: BOARD,
    },
];

const SERVER: Limits = Limits { value_too_long: 1 << 21, keys: 1 << 20 };
const BOARD: Limits = Limits { value_too_long: 8192, keys: 4096 };

/// The shared no_std suite as firmware or module, with how it is started.
pub const SUITES: &[Suite] = &[
    Suite { name: "wasm", image: Image::targets("suite-wasi", "suite-wasi", WASI), emulator: None },
    Suite {
        name: "lm3s6965evb",
        image: Image::targets("suite-firmware", "suite-lm3s6965evb", CORTEX_M3),
        emulator: Some(("qemu-system-arm", LM3S6965EVB)),
    },
    Suite {
        name: "microbit",
        image: Image::targets("suite-firmware", "suite-microbit", CORTEX_M0),
        emulator: Some(("qemu-system-arm", MICROBIT)),
    },
    Suite {
        name: "virt",
        image: Image::targets("suite-firmware", "suite-virt", RISC_V),
        emulator: Some(("qemu-system-riscv32", VIRT)),
    },
];

/// One place where the shared no_std suite runs; it prints its lines over semihosting or on standard output.
pub struct Suite {
    pub name: &'static str,
    pub image: Image,
    pub emulator: Option<(&'static str, &'static [&'static str])>,
}

/// Images whose size is compared with the golden numbers.
pub const SIZED: &[Image] = &[
    Image::targets("blink2", "blink2", CORTEX_M3),
    Image::targets("kv-firmware", "lm3s6965evb", CORTEX_M3),
    Image::targets("kv-firmware", "microbit", CORTEX_M0),
    Image::targets("kv-firmware", "virt", RISC_V),
];

/// What clippy looks at, target by target: packages of the `targets` workspace.
pub const LINTED: &[(&str, &[&str])] = &[
    (CORTEX_M3, &["zokio-cortex-m", "kv-firmware", "blink2", "suite-firmware"]),
    (CORTEX_M0, &["zokio-cortex-m", "kv-firmware", "suite-firmware"]),
    (RISC_V, &["zokio-riscv", "kv-firmware", "suite-firmware"]),
    (WASI, &["zokio-wasi", "kv-wasi", "suite-wasi"]),
];

/// Packages of the `targets` workspace whose tests run on the host.
pub const HOST_TESTED: &[&str] = &["zokio-board"];

/// The cross targets that the machines need, each once.
pub fn cross_targets() -> Vec<&'static str> {
    let mut targets: Vec<&str> = LINTED.iter().map(|(target, _)| *target).collect();
    targets.extend(MACHINES.iter().filter_map(|machine| machine.kv.target));
    targets.sort_unstable();
    targets.dedup();
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::Workspace;

    #[test]
    fn five_kinds_of_machine_in_six_rows() {
        assert_eq!(MACHINES.len(), 6);
        let mut images: Vec<_> = MACHINES.iter().map(|machine| (machine.kv.bin, machine.kv.target)).collect();
        images.dedup();
        assert_eq!(images.len(), 5, "the two servers share one image");
    }

    #[test]
    fn every_cross_target_is_named_once() {
        assert_eq!(cross_targets(), [RISC_V, CORTEX_M0, CORTEX_M3, WASI]);
    }

    #[test]
    fn cross_images_live_in_the_targets_workspace() {
        let images = MACHINES.iter().map(|machine| &machine.kv).chain(SUITES.iter().map(|suite| &suite.image));
        for image in images.chain(SIZED) {
            assert_eq!(image.workspace == Workspace::Targets, image.target.is_some(), "{}", image.bin);
        }
    }
}
