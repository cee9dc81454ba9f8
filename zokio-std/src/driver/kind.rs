//! The drivers by name.

/// Which driver to use.
///
/// ```
/// use zokio_std::Runtime;
/// use zokio_std::driver::DriverKind;
///
/// let kind: DriverKind = "auto".parse()?;
/// let runtime = Runtime::builder().driver(kind).build()?;
/// println!("over {}", runtime.driver_kind());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DriverKind {
    /// The best of this system: on Linux io_uring where the kernel has it and allows it and epoll otherwise; kqueue on macOS
    /// and FreeBSD; a completion port on Windows.
    #[default]
    Auto,
    /// io_uring or nothing.
    Uring,
    /// epoll.
    Epoll,
    /// kqueue.
    Kqueue,
    /// A completion port.
    Iocp,
}

impl std::fmt::Display for DriverKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Uring => "uring",
            Self::Epoll => "epoll",
            Self::Kqueue => "kqueue",
            Self::Iocp => "iocp",
        })
    }
}

impl std::str::FromStr for DriverKind {
    type Err = UnknownDriver;

    fn from_str(name: &str) -> Result<Self, UnknownDriver> {
        match name {
            "auto" => Ok(Self::Auto),
            "uring" => Ok(Self::Uring),
            "epoll" => Ok(Self::Epoll),
            "kqueue" => Ok(Self::Kqueue),
            "iocp" => Ok(Self::Iocp),
            _ => Err(UnknownDriver),
        }
    }
}

/// The name of no driver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownDriver;

impl std::fmt::Display for UnknownDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a driver is one of auto, uring, epoll, kqueue, iocp")
    }
}

impl std::error::Error for UnknownDriver {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_names() {
        for kind in [DriverKind::Auto, DriverKind::Uring, DriverKind::Epoll, DriverKind::Kqueue, DriverKind::Iocp] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert_eq!("select".parse::<DriverKind>(), Err(UnknownDriver));
    }
}
