//! What is known of the machine: at compile time, and what an adapter finds when the program runs.

use core::fmt;

/// Facts about the machine that a program is compiled for.
///
/// [`TARGET`](Self::TARGET) holds what the compiler knows. An adapter adds what only the running system can tell
/// (`zokio_std::platform()` does); until then those fields are `None`.
///
/// ```
/// use zokio_core::platform::{Drivers, PlatformCapabilities};
///
/// const HERE: PlatformCapabilities = PlatformCapabilities::TARGET;
/// const { assert!(HERE.pointer_bits >= 32) };
/// if HERE.os == zokio_core::platform::Os::Linux {
///     assert!(HERE.drivers.contains(Drivers::URING | Drivers::EPOLL));
/// }
/// let found = HERE.with_numa_nodes(2);
/// assert_eq!((HERE.numa_nodes, found.numa_nodes), (None, Some(2)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct PlatformCapabilities {
    /// The operating system, or that there is none.
    pub os: Os,
    /// The instruction set, as Rust calls it: `x86_64`, `arm`, `riscv32`, `wasm32`.
    pub arch: &'static str,
    /// The drivers that may work here; which does is for the running system to say.
    pub drivers: Drivers,
    /// Bytes that two cores share or fight over as a whole; 0 where there is no data cache to speak of.
    pub cache_line: usize,
    /// The widest vector unit that the program may use without asking first.
    pub simd: Simd,
    /// Bits in a pointer.
    pub pointer_bits: u32,
    /// Bits in the widest integer that is loaded and stored atomically.
    pub atomic_bits: u32,
    /// Whether the machine has compare-and-swap. Where it has not, `portable-atomic` masks interrupts for it.
    pub cas: bool,
    /// Whether several threads can run a program.
    pub threads: bool,
    /// Whether interrupts can run between any two instructions of a task.
    pub interrupts: bool,
    /// Processors that the program may use, if somebody looked.
    pub processors: Option<u16>,
    /// NUMA nodes with memory, if somebody looked.
    pub numa_nodes: Option<u16>,
    /// What io_uring can do on this kernel, if somebody looked; empty where it is forbidden or absent.
    pub io_uring: Option<IoUring>,
}

impl PlatformCapabilities {
    /// What the compiler knows of the machine that it compiles for.
    pub const TARGET: Self = Self {
        os: Os::TARGET,
        arch: ARCH,
        drivers: Os::TARGET.drivers(),
        cache_line: CACHE_LINE,
        simd: Simd::TARGET,
        pointer_bits: usize::BITS,
        atomic_bits: ATOMIC_BITS,
        cas: cfg!(target_has_atomic = "ptr"),
        threads: !matches!(Os::TARGET, Os::None | Os::Wasi)
            || cfg!(all(target_os = "wasi", target_feature = "atomics")),
        interrupts: matches!(Os::TARGET, Os::None),
        processors: None,
        numa_nodes: None,
        io_uring: None,
    };

    /// The same with a number of processors that was found.
    pub const fn with_processors(mut self, processors: u16) -> Self {
        self.processors = Some(processors);
        self
    }

    /// The same with a number of NUMA nodes that was found.
    pub const fn with_numa_nodes(mut self, nodes: u16) -> Self {
        self.numa_nodes = Some(nodes);
        self
    }

    /// The same with what was found out about io_uring. Without any feature it is no candidate any more.
    pub const fn with_io_uring(mut self, found: IoUring) -> Self {
        if !found.contains(IoUring::USABLE) {
            self.drivers = self.drivers.without(Drivers::URING);
        }
        self.io_uring = Some(found);
        self
    }

    /// How many threads can run at the same time; `None` where that is not known before the program runs.
    pub const fn max_workers(&self) -> Option<usize> {
        match (self.threads, self.processors) {
            (false, _) => Some(1),
            (true, Some(processors)) => Some(processors as usize),
            (true, None) => None,
        }
    }
}

impl fmt::Display for PlatformCapabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: u16| if count == 1 { "" } else { "s" };
        write!(f, "{} on {}, {}-bit pointers, ", self.os, self.arch, self.pointer_bits)?;
        write!(
            f,
            "atomics to {} bits {} compare-and-swap",
            self.atomic_bits,
            if self.cas { "with" } else { "without" }
        )?;
        write!(f, "; {}", if self.threads { "threads" } else { "one thread" })?;
        if self.cache_line > 0 {
            write!(f, "; cache line {} B", self.cache_line)?;
        }
        if self.simd != Simd::None {
            write!(f, "; {:?}", self.simd)?;
        }
        write!(f, "; drivers: {}", self.drivers)?;
        if let Some(count) = self.processors {
            write!(f, "; {count} processor{}", plural(count))?;
        }
        if let Some(count) = self.numa_nodes {
            write!(f, "; {count} NUMA node{}", plural(count))?;
        }
        if let Some(found) = self.io_uring {
            write!(f, "; io_uring: {found}")?;
        }
        Ok(())
    }
}

/// An operating system, as far as drivers differ.
///
/// ```
/// use zokio_core::platform::Os;
/// assert_eq!(Os::TARGET == Os::None, cfg!(target_os = "none"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Os {
    /// None: a board.
    None,
    /// Linux.
    Linux,
    /// Apple's systems and the BSDs: where kqueue is.
    Bsd,
    /// Windows.
    Windows,
    /// A WebAssembly module with WASI.
    Wasi,
    /// Another one.
    Other,
}

impl Os {
    /// The one that the program is compiled for.
    pub const TARGET: Self = if cfg!(target_os = "none") {
        Self::None
    } else if cfg!(any(target_os = "linux", target_os = "android")) {
        Self::Linux
    } else if cfg!(any(
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "openbsd",
        target_os = "netbsd",
        target_os = "dragonfly"
    )) {
        Self::Bsd
    } else if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "wasi") {
        Self::Wasi
    } else {
        Self::Other
    };

    /// The drivers that may work on it. A driver of one's own works everywhere.
    pub const fn drivers(self) -> Drivers {
        Drivers::CUSTOM.union(match self {
            Self::None => Drivers::IDLE,
            Self::Linux => Drivers::URING.union(Drivers::EPOLL),
            Self::Bsd => Drivers::KQUEUE,
            Self::Windows => Drivers::IOCP,
            Self::Wasi => Drivers::POLL_ONEOFF,
            Self::Other => return Drivers::CUSTOM,
        })
    }

    /// In a sentence.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "a board without an operating system",
            Self::Linux => "Linux",
            Self::Bsd => "a BSD or Apple system",
            Self::Windows => "Windows",
            Self::Wasi => "a WASI module",
            Self::Other => "this operating system",
        }
    }
}

impl fmt::Display for Os {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "no operating system",
            other => other.name(),
        })
    }
}

macro_rules! bit_set {
    ($(#[$doc:meta])* $name:ident: $bits:ty { $($(#[$flag_doc:meta])* $flag:ident = $bit:literal, $text:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name($bits);

        impl $name {
            $($(#[$flag_doc])* pub const $flag: Self = Self(1 << $bit);)+
            /// Nothing.
            pub const NONE: Self = Self(0);

            /// What is in either.
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// What is in `self` and not in `other`.
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// Whether all of `other` is in it.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
        }

        impl core::ops::BitOr for $name {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                self.union(other)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut first = true;
                for (flag, text) in [$((Self::$flag, $text)),+] {
                    if self.contains(flag) {
                        write!(f, "{}{text}", if first { "" } else { ", " })?;
                        first = false;
                    }
                }
                if first { f.write_str("none") } else { Ok(()) }
            }
        }
    };
}

bit_set! {
    /// A set of drivers.
    ///
    /// ```
    /// use zokio_core::platform::Drivers;
    /// let two = Drivers::URING | Drivers::EPOLL;
    /// assert!(two.contains(Drivers::EPOLL) && !two.contains(Drivers::IDLE));
    /// assert_eq!(two.to_string(), "io_uring, epoll");
    /// ```
    Drivers: u16 {
        /// Stops the core until an interrupt.
        IDLE = 0, "interrupts and idle";
        /// Linux, completions of a ring.
        URING = 1, "io_uring";
        /// Linux, readiness.
        EPOLL = 2, "epoll";
        /// BSD and Apple, readiness.
        KQUEUE = 3, "kqueue";
        /// Windows, completions.
        IOCP = 4, "IOCP";
        /// WASI preview 1, readiness.
        POLL_ONEOFF = 5, "poll_oneoff";
        /// The program's own: a simulator, a foreign loop.
        CUSTOM = 6, "custom";
    }
}

bit_set! {
    /// What io_uring can do on a kernel.
    ///
    /// ```
    /// use zokio_core::platform::IoUring;
    /// let found = IoUring::USABLE | IoUring::DEFER_TASKRUN;
    /// assert_eq!(found.to_string(), "usable, DEFER_TASKRUN");
    /// ```
    IoUring: u16 {
        /// A ring could be made, with every operation that the driver needs.
        USABLE = 0, "usable";
        /// `IORING_SETUP_SINGLE_ISSUER`.
        SINGLE_ISSUER = 1, "SINGLE_ISSUER";
        /// `IORING_SETUP_DEFER_TASKRUN`: completions are made when the loop asks for them.
        DEFER_TASKRUN = 2, "DEFER_TASKRUN";
        /// Buffer rings: the kernel picks the buffer when bytes arrive.
        BUFFER_RINGS = 3, "buffer rings";
        /// Zero-copy send.
        SEND_ZERO_COPY = 4, "zero-copy send";
    }
}

/// The widest vector unit that a program may use without asking first.
///
/// ```
/// use zokio_core::platform::Simd;
/// assert!(Simd::None.bytes() == 0 && Simd::Avx2.bytes() == 32);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Simd {
    /// None.
    None,
    /// x86, 16 bytes.
    Sse2,
    /// x86, 32 bytes.
    Avx2,
    /// x86, 64 bytes.
    Avx512,
    /// Arm, 16 bytes.
    Neon,
    /// WebAssembly, 16 bytes.
    Simd128,
}

impl Simd {
    /// The one that the program is compiled for.
    pub const TARGET: Self = if cfg!(target_feature = "avx512f") {
        Self::Avx512
    } else if cfg!(target_feature = "avx2") {
        Self::Avx2
    } else if cfg!(target_feature = "sse2") {
        Self::Sse2
    } else if cfg!(target_feature = "neon") {
        Self::Neon
    } else if cfg!(target_feature = "simd128") {
        Self::Simd128
    } else {
        Self::None
    };

    /// Bytes in a vector; 0 without.
    pub const fn bytes(self) -> usize {
        match self {
            Self::None => 0,
            Self::Sse2 | Self::Neon | Self::Simd128 => 16,
            Self::Avx2 => 32,
            Self::Avx512 => 64,
        }
    }
}

const ARCH: &str = if cfg!(target_arch = "x86_64") {
    "x86_64"
} else if cfg!(target_arch = "aarch64") {
    "aarch64"
} else if cfg!(target_arch = "arm") {
    "arm"
} else if cfg!(target_arch = "riscv32") {
    "riscv32"
} else if cfg!(target_arch = "riscv64") {
    "riscv64"
} else if cfg!(target_arch = "wasm32") {
    "wasm32"
} else if cfg!(target_arch = "x86") {
    "x86"
} else {
    "another architecture"
};

/// What the processors of an architecture have. Apple's lines are longer, other Arms' shorter: the larger counts, since
/// it is for keeping things apart.
const CACHE_LINE: usize = if cfg!(any(target_arch = "aarch64", target_arch = "powerpc64")) {
    128
} else if cfg!(target_os = "none") {
    0
} else if cfg!(target_arch = "s390x") {
    256
} else {
    64
};

const ATOMIC_BITS: u32 = if cfg!(target_has_atomic = "128") {
    128
} else if cfg!(target_has_atomic = "64") {
    64
} else {
    // Loads and stores of a word are atomic on every machine here, also on those without compare-and-swap.
    usize::BITS
};
