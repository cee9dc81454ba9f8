//! The list of machines. A machine is added here and nowhere else.

use crate::image::Image;
use crate::instructions::Bench;
use std::collections::BTreeMap;

/// One machine that the application runs on.
pub struct Machine {
    /// What the tables call it.
    pub name: &'static str,
    /// What its executor parks on.
    pub driver: &'static str,
    /// The key-value server for it.
    pub kv: Image,
    /// A program for it that builds its runtime from a `Config`, and reports; one for each board.
    pub report: Option<Image>,
    /// How it is started and reached.
    pub start: Start,
    /// What its stores are made for, so that the session knows what is too much.
    pub limits: Limits,
}

/// How a machine is started and how a Redis client reaches it.
pub enum Start {
    /// A process that listens on TCP, with `--listen ADDRESS --driver NAME`; the kernel object that the driver waits on
    /// shows under `/proc/PID/fd` which one it really is.
    Tcp { driver: &'static str, kernel_object: &'static str },
    /// A program of Windows in wine, with `--listen ADDRESS`.
    Wine,
    /// A WASI module on standard input and output, which `bridge.rs` turns into TCP.
    Stdio,
    /// A board in QEMU with Ethernet, which listens on Redis's port.
    Ethernet,
    /// A board in QEMU; each of its first `links` serial ports is a TCP socket with one client at a time.
    Board { links: usize },
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
const CORTEX_M4F: &str = "thumbv7em-none-eabihf";
const CORTEX_M33: &str = "thumbv8m.main-none-eabi";
pub const RISC_V: &str = "riscv32imac-unknown-none-elf";
/// Without atomics.
const RISC_V_SMALL: &str = "riscv32imc-unknown-none-elf";
const WASI: &str = "wasm32-wasip1";

/// The machines of the demo: seven rows, six kinds of machine.
pub const MACHINES: &[Machine] = &[
    Machine {
        name: "server, io_uring",
        driver: "uring",
        kv: Image::host("kv-server"),
        report: Some(Image::host_of("configured", "configured-uring")),
        start: Start::Tcp { driver: "uring", kernel_object: "anon_inode:[io_uring]" },
        limits: SERVER,
    },
    Machine {
        name: "server, epoll",
        driver: "epoll",
        kv: Image::host("kv-server"),
        report: Some(Image::host_of("configured", "configured-epoll")),
        start: Start::Tcp { driver: "epoll", kernel_object: "anon_inode:[eventpoll]" },
        limits: SERVER,
    },
    Machine {
        name: "WASI module",
        driver: "poll_oneoff",
        kv: Image::targets("kv-wasi", "kv-wasi", WASI),
        report: Some(Image::targets("configured-targets", "configured-wasi", WASI)),
        start: Start::Stdio,
        limits: Limits { value_too_long: 1 << 16, keys: 1 << 16 },
    },
    Machine {
        name: "Cortex-M3, lm3s6965evb",
        driver: "SysTick + WFI",
        kv: Image::targets("kv-firmware", "lm3s6965evb", CORTEX_M3),
        report: Some(Image::targets("configured-targets", "configured-lm3s6965evb", CORTEX_M3)),
        start: Start::Board { links: 3 },
        limits: BOARD,
    },
    Machine {
        name: "Cortex-M3, Ethernet",
        driver: "SysTick + WFI",
        kv: Image::targets("kv-ethernet", "kv-ethernet", CORTEX_M3),
        report: None,
        start: Start::Ethernet,
        limits: BOARD,
    },
    Machine {
        name: "Cortex-M0, microbit",
        driver: "SysTick + WFI",
        kv: Image::targets("kv-firmware", "microbit", CORTEX_M0),
        report: Some(Image::targets("configured-targets", "configured-microbit", CORTEX_M0)),
        start: Start::Board { links: 1 },
        limits: BOARD,
    },
    Machine {
        name: "RISC-V, virt",
        driver: "CLINT + WFI",
        kv: Image::targets("kv-firmware", "virt", RISC_V),
        report: Some(Image::targets("configured-targets", "configured-virt", RISC_V)),
        start: Start::Board { links: 1 },
        limits: BOARD,
    },
];

/// Not in the demo's table, because few have wine.
pub const WINDOWS: Machine = Machine {
    name: "Windows, by wine",
    driver: "IOCP",
    kv: Image { target: Some(crate::windows::TARGET), ..Image::host("kv-server") },
    report: None,
    start: Start::Wine,
    limits: SERVER,
};

/// Not in the demo's table either: the same as another row with another Ethernet controller.
pub const MPS2_ETHERNET: Machine = Machine {
    name: "Cortex-M3, Ethernet of the MPS2",
    driver: "SysTick + WFI",
    kv: KV_MPS2,
    report: None,
    start: Start::Ethernet,
    limits: BOARD,
};

const KV_MPS2: Image = Image::targets("kv-ethernet", "kv-ethernet-mps2-an385", CORTEX_M3);

const SERVER: Limits = Limits { value_too_long: 1 << 21, keys: 1 << 20 };
const BOARD: Limits = Limits { value_too_long: 8192, keys: 4096 };

/// The shared no_std suite as a module.
pub const WASI_SUITE: Image = Image::targets("suite-wasi", "suite-wasi", WASI);

/// The shared no_std suite as firmware, with the name of the board: it runs there in release and in debug mode.
pub const BOARD_SUITES: &[(&str, Image)] = &[
    ("lm3s6965evb", Image::targets("suite-firmware", "suite-lm3s6965evb", CORTEX_M3)),
    ("mps2-an385", Image::targets("suite-firmware", "suite-mps2-an385", CORTEX_M3)),
    ("mps2-an386", Image::targets("suite-firmware", "suite-mps2-an386", CORTEX_M4F)),
    ("mps3-an524", Image::targets("suite-firmware", "suite-mps3-an524", CORTEX_M33)),
    ("microbit", Image::targets("suite-firmware", "suite-microbit", CORTEX_M0)),
    ("virt", Image::targets("suite-firmware", "suite-virt", RISC_V)),
    ("virt without atomics", Image::targets("suite-firmware", "suite-virt", RISC_V_SMALL)),
    ("sifive_e", Image::targets("suite-firmware", "suite-sifive-e", RISC_V)),
];

/// QEMU's option for a hart without atomic instructions, where the image must have none.
pub fn cpu_options(image: &Image) -> &'static str {
    if image.target == Some(RISC_V_SMALL) { " -cpu rv32,a=false" } else { "" }
}

/// Checks of clocks, idle drivers and UARTs that only a board can show.
pub const BOARD_TESTS: &[Image] = &[
    Image::targets("zokio-board-tests", "checks-lm3s6965evb", CORTEX_M3),
    Image::targets("zokio-board-tests", "checks-mps2-an385", CORTEX_M3),
    Image::targets("zokio-board-tests", "checks-mps3-an524", CORTEX_M33),
    Image::targets("zokio-board-tests", "checks-microbit", CORTEX_M0),
    Image::targets("zokio-board-tests", "checks-nrf51-timer", CORTEX_M0),
    Image::targets("zokio-board-tests", "checks-dual-timer", CORTEX_M3),
    Image::targets("zokio-board-tests", "checks-lm3s-timers", CORTEX_M3),
    Image::targets("zokio-board-tests", "checks-virt", RISC_V),
];

/// Examples that end by themselves and print what their `expected/NAME.txt` says.
pub const EXAMPLES: &[Image] = &[
    Image::targets("blink2", "blink2", CORTEX_M3).with(&["--features", "trace"]),
    Image::targets("blink2", "blink2-microbit", CORTEX_M0).with(&["--features", "trace"]),
    Image::targets("events", "events", CORTEX_M3),
    Image::targets("firmware", "button", CORTEX_M3),
    Image::targets("firmware", "sensors", CORTEX_M3),
    Image::targets("firmware", "watchdog", CORTEX_M3),
    Image::targets("firmware", "deep-sleep", CORTEX_M0),
    Image::targets("firmware", "deep-sleep-lm3s6965evb", CORTEX_M3),
    Image::targets("firmware", "deep-sleep-mps2-an385", CORTEX_M3),
    Image::targets("firmware", "deep-sleep-mps3-an524", CORTEX_M33),
    Image::targets("firmware", "hours", CORTEX_M0),
    Image::targets("firmware", "hours-16-bits", CORTEX_M3),
    Image::targets("firmware", "hours-32-bits", CORTEX_M3),
    Image::targets("firmware", "deep-sleep-virt", RISC_V),
    Image::targets("priorities", "priorities", CORTEX_M3),
    Image::targets("priorities", "priorities-virt", RISC_V),
    PARALLEL[0],
    PARALLEL[1],
];

/// The examples on two harts and on two cores. Where both compute all the time, virtual time is of no use: the emulator lets one core run
/// for 100 ms of it before it looks at the other.
pub const PARALLEL: &[Image] = &[
    Image::targets("two-harts", "two-harts", RISC_V),
    Image::targets("two-harts", "two-cores", CORTEX_M33),
    Image::targets("two-harts", "two-cores-levels", CORTEX_M33),
];

/// The example that asks an SD card who it is; and QEMU's option for there being one.
pub const SD_CARD: Image = Image::targets("firmware", "sd-card", CORTEX_M3);
pub const CARD: &str = "-drive if=sd,driver=null-co,size=4194304,read-zeroes=on";

/// Programs that fail, which is what they are for, and what they say then: panics and faults, and bad use.
pub const FAILING: &[(Image, &[&str])] = &[
    (Image::targets("firmware", "blame-panic", CORTEX_M3), &["0 readings are too few", BLAMED]),
    (Image::targets("firmware", "blame-fault", CORTEX_M3), &["hard fault at 0x", BLAMED]),
    (Image::targets("firmware", "blame-fault-virt", RISC_V), &["exception 7 at 0x8", BLAMED]),
    (SD_CARD, &["the card does not answer: is there one?"]),
    (
        misuse("misuse-arena", CORTEX_M3),
        &["no free slot for task `arena task`: all 2 are taken;", "no free slot for task `lonely`: all 1 are taken;"],
    ),
    (misuse("misuse-alarm", CORTEX_M3), &["the clock's interrupt is not enabled, so the core would sleep past"]),
    (misuse("misuse-interrupt", CORTEX_M3), &["interrupt 30 is not bound: name it in `interrupts!`"]),
    (misuse("misuse-handler", CORTEX_M3), &["interrupt 5 has no handler"]),
    (misuse("misuse-level", CORTEX_M3), &["the software interrupt of this level is not enabled"]),
    (misuse("misuse-level-virt", RISC_V), &["the software interrupt of this level is not enabled"]),
    (misuse("misuse-stack", CORTEX_M3), &[FITS, "the stack of ", " bytes was used to its end"]),
    (misuse("misuse-stack-unseen", CORTEX_M3), &["a table is corrupt", " bytes was used to its end"]),
    (misuse("misuse-stack-sifive-e", RISC_V), &[FITS, "the stack of ", " bytes was used to its end"]),
    (Image::targets("two-harts", "wrong-hart", RISC_V), &["the executor of hart 0 was made on hart 1"]),
    (Image::targets("two-harts", "wrong-core", CORTEX_M33), &["the executor of core 0 was made on core 1"]),
    (Image::targets("two-harts", "wrong-level", CORTEX_M33), &["the level of core 1 was started on core 0"]),
];

const fn misuse(bin: &'static str, target: &'static str) -> Image {
    Image::targets("zokio-board-tests", bin, target)
}

const FITS: &str = "one call deep: it fits";

const BLAMED: &str = "while task `culprit` was running";

/// The example whose events are written with defmt.
pub const EVENTS_DEFMT: Image = Image::targets("events", "events-defmt", CORTEX_M3).with(&["--features", "defmt"]);

/// The examples that say back what they are told on their UARTs.
pub const ECHOES: &[Image] = &[
    Image::targets("firmware", "uart-echo", CORTEX_M3),
    Image::targets("firmware", "uart-echo-mps3-an524", CORTEX_M33),
];

/// The pre-emption sweep: an interrupt at every instruction boundary of the core.
pub const SWEEPS: &[Image] = &[
    Image::targets("zokio-sweep", "sweep-mps2-an385", CORTEX_M3),
    Image::targets("zokio-sweep", "sweep-mps3-an524", CORTEX_M33),
    SWEEP_WITHOUT_ATOMICS,
    Image::targets("zokio-sweep", "sweep-virt", RISC_V),
    Image::targets("zokio-sweep", "sweep-virt", RISC_V_SMALL),
];

/// The same with critical sections, and so atomics, that mask nothing: each section has to fail.
pub const PLANTED_SWEEP: Image = SWEEP_WITHOUT_ATOMICS.with(&["--no-default-features", "--features", "plant"]);

/// How many sections the sweep has.
pub const SWEPT_SECTIONS: usize = 78;

const SWEEP_WITHOUT_ATOMICS: Image = Image::targets("zokio-sweep", "sweep-microbit", CORTEX_M0);

/// Images whose size is compared with the golden numbers.
pub const SIZED: &[Image] = &[
    Image::targets("blink2", "blink2", CORTEX_M3),
    Image::targets("blink2", "blink2-microbit", CORTEX_M0),
    Image::targets("blink2", "blink2-virt", RISC_V),
    Image::targets("tasks8", "tasks8", CORTEX_M3),
    Image::targets("tasks8", "tasks8-microbit", CORTEX_M0),
    Image::targets("tasks8", "tasks8-virt", RISC_V),
    Image::targets("kv-firmware", "lm3s6965evb", CORTEX_M3),
    Image::targets("kv-firmware", "microbit", CORTEX_M0),
    Image::targets("kv-firmware", "virt", RISC_V),
];

/// What stands beside them in the table: the same programs on other runtimes.
pub const SIZED_PEERS: &[Image] = &[
    Image::targets("bench-embassy-sizes", "blink2-embassy", CORTEX_M3),
    Image::targets("bench-embassy-sizes", "tasks8-embassy", CORTEX_M3),
    Image::targets("bench-lilos", "blink2-lilos", CORTEX_M3),
    Image::targets("bench-rtic", "blink2-rtic", CORTEX_M3),
    Image::targets("bench-rtic", "blink2-rtic-ticking", CORTEX_M3),
    Image::targets("bench-rtic", "tasks8-rtic", CORTEX_M3),
];

/// Programs whose instructions are counted and compared with the golden numbers.
pub const BENCHED: &[Bench] = &[
    bench("Zokio", "lm3s6965evb", "bench-zokio", "instructions-zokio", CORTEX_M3),
    bench("Zokio", "virt", "bench-zokio", "instructions-zokio", RISC_V),
    bench("Zokio", "microbit", "bench-zokio", "instructions-zokio", CORTEX_M0),
];

/// What stands beside them in the table: the same work on other runtimes.
pub const BENCHED_PEERS: &[Bench] = &[
    bench("Embassy", "lm3s6965evb", "bench-embassy", "instructions-embassy", CORTEX_M3),
    bench("lilos", "lm3s6965evb", "bench-lilos", "instructions-lilos", CORTEX_M3),
    bench("RTIC", "lm3s6965evb", "bench-rtic", "instructions-rtic", CORTEX_M3),
    bench("Embassy", "virt", "bench-embassy", "instructions-embassy", RISC_V),
];

const fn bench(
    runtime: &'static str,
    machine: &'static str,
    package: &'static str,
    bin: &'static str,
    target: &'static str,
) -> Bench {
    Bench { runtime, machine, image: Image::targets(package, bin, target) }
}

/// Programs of the `targets` workspace that are only built and looked at by clippy.
const OTHERS: &[Image] = &[
    Image::targets("heartbeat-firmware", "heartbeat-firmware", CORTEX_M3),
    Image::targets("kv-firmware", "mps2-an385", CORTEX_M3),
    KV_MPS2,
];

/// Libraries of the host workspace that also serve the bare targets. (Not those without atomics, where somebody else
/// has to choose what stands in for them.)
pub const PORTABLE: &[&str] = &["zokio-core", "kv", "zokio-suite"];

/// Libraries of the `targets` workspace, which also compile and have tests on the host.
pub const BOARD_CRATES: &[&str] = &["zokio-board", "zokio-cortex-m", "zokio-embassy-time", "zokio-link", "zokio-riscv"];

/// Every image for another machine than this one, target by target.
pub fn cross_images() -> BTreeMap<&'static str, Vec<Image>> {
    let kv = MACHINES.iter().flat_map(|machine| [Some(machine.kv), machine.report]).flatten();
    let failing = FAILING.iter().map(|(image, _)| *image);
    let suites = BOARD_SUITES.iter().map(|(_, image)| *image).chain([WASI_SUITE]);
    let benches = BENCHED.iter().map(|bench| bench.image);
    let all = kv
        .chain(suites)
        .chain(failing)
        .chain(benches)
        .chain([BOARD_TESTS, EXAMPLES, PARALLEL, ECHOES, SWEEPS, SIZED, OTHERS].into_iter().flatten().copied());
    let mut images: BTreeMap<&str, Vec<Image>> = BTreeMap::new();
    for (target, image) in all.filter_map(|image| Some((image.target?, image))) {
        let images = images.entry(target).or_default();
        if !images.contains(&image) {
            images.push(image);
        }
    }
    images
}

/// Whether a target has compare-and-swap.
pub fn has_atomics(target: &str) -> bool {
    target != CORTEX_M0 && target != RISC_V_SMALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::Workspace;

    #[test]
    fn six_kinds_of_machine_in_seven_rows() {
        assert_eq!(MACHINES.len(), 7);
        let mut images: Vec<_> = MACHINES.iter().map(|machine| (machine.kv.bin, machine.kv.target)).collect();
        images.dedup();
        assert_eq!(images.len(), 6, "the two servers share one image");
    }

    #[test]
    fn every_image_is_listed_once_under_its_target() {
        let images = cross_images();
        assert_eq!(
            images.keys().copied().collect::<Vec<_>>(),
            [RISC_V, RISC_V_SMALL, CORTEX_M0, CORTEX_M4F, CORTEX_M3, CORTEX_M33, WASI]
        );
        let board = images[CORTEX_M3].iter().filter(|image| image.name() == "kv-firmware lm3s6965evb");
        assert_eq!(board.count(), 1, "it is a machine and a sized image");
    }

    #[test]
    fn cross_images_live_in_the_targets_workspace() {
        for image in cross_images().into_values().flatten() {
            assert_eq!(image.workspace, Workspace::Targets, "{}", image.name());
        }
    }
}
