//! The conformance suite on rings as older kernels make them. (On the best one it runs as an integration test.)

#[path = "../../../../zokio-core/tests/conformance/mod.rs"]
mod every;
#[path = "../../../tests/conformance/rig.rs"]
mod rig;
#[path = "../../../tests/conformance/suite/mod.rs"]
mod suite;
#[path = "../../../tests/conformance/system/unix.rs"]
mod system;

use super::ring::{Ring, setups};
use super::{UringDriver, Wake};
use crate::driver::DriverOptions;
use rig::{Rig, Size, Subject};
use std::io;

struct Older<const SETUP: usize>;

impl<const SETUP: usize> Subject for Older<SETUP> {
    type Driver = UringDriver;
    const NON_BLOCKING: bool = false;

    fn new(size: Size) -> io::Result<UringDriver> {
        let Size { queue_depth, operations, buffers, buffer_size } = size;
        let options = DriverOptions { queue_depth, operations, buffers, buffer_size, shared: false };
        UringDriver::on(Ring::with_setup(queue_depth, setups()[SETUP])?, &options, Wake::new()?)
    }
}

fn conforms<S: Subject>() {
    for queue_depth in [4, 256] {
        let size = Size { queue_depth, operations: 4096, buffers: 256, buffer_size: 4096 };
        if let Err(error) = S::new(size) {
            // The integration test of the same suite counts this as skipped.
            return eprintln!("SKIPPED: no io_uring here: {error}");
        }
        for (name, case) in suite::cases::<S>() {
            eprintln!("{queue_depth} entries: {name}");
            case(Rig::new(size));
        }
    }
}

/// One test, because some of its cases count the descriptors of the process.
#[test]
fn rings_of_older_kernels_conform() {
    let _alone = crate::DESCRIPTORS.lock();
    conforms::<Older<1>>();
    conforms::<Older<2>>();
}
