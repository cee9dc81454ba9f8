//! The key-value server over TCP on a board with Ethernet: `embassy-net` on Zokio's executor.
//!
//! It asks for its address by DHCP. In QEMU, where the emulator's own network has the server at a port of this machine:
//!
//! ```text
//! ZOKIO_QEMU_ARGS='-nic user,hostfwd=tcp:127.0.0.1:7379-:6379' \
//!     cargo run --manifest-path targets/Cargo.toml --release -p kv-ethernet --target thumbv7m-none-eabi --bin kv-ethernet
//! redis-cli -p 7379 SET greeting hello
//! ```
//!
//! Each program in `src/bin` is one board.
#![cfg_attr(target_os = "none", no_std)]
#![cfg(target_os = "none")]

use embassy_net::tcp::{Error, TcpWriter};
use embedded_io_async::{ErrorType, Write};

#[doc(hidden)]
pub use {embassy_net, static_cell, zokio_embassy_time};

/// Sends at once, as the socket does; but to flush it waits for no acknowledgement, which the peer may delay for as long
/// as it has nothing to say itself.
pub struct Unacknowledged<'a>(pub TcpWriter<'a>);

impl ErrorType for Unacknowledged<'_> {
    type Error = Error;
}

impl Write for Unacknowledged<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.0.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// Declares the program for a board: its server, its tasks, its interrupt.
///
/// `ethernet` is the type of the board's Ethernet controller, `device` that of its driver. `nudge`: every so many milliseconds the
/// core wakes for nothing. For QEMU, whose network looks at its sockets when something happens in the machine, or twice a second;
/// its LAN9118 does not tell it that something did.
#[macro_export]
macro_rules! firmware {
    (board: $board:path, ethernet: $ethernet:ty, device: $device:ty $(, nudge: $millis:literal)? $(,)?) => {
        use $board::{Clock, ETHERNET_INTERRUPT, ethernet, executor};
        use zokio_core::time::Clock as _;
        use $crate::Unacknowledged;
        use $crate::embassy_net::tcp::TcpSocket;
        use $crate::embassy_net::{Config, Runner, Stack, StackResources};
        use $crate::static_cell::StaticCell;
        use $crate::zokio_embassy_time::{EmbassyTime, time_driver};

        /// How many clients at once. Each has a socket.
        const CLIENTS: usize = 4;
        /// Sockets, and the one that DHCP uses.
        const SOCKETS: usize = CLIENTS + 1;
        const PORT: u16 = 6379;
        /// Bytes a socket buffers each way.
        const BUFFER: usize = 1024;
        /// A locally administered address.
        const MAC: [u8; 6] = [0x02, 0x5a, 0x6f, 0x6b, 0x69, 0x6f];

        static SERVER: kv::Server<128, 32, 128, CLIENTS, 8, 4, 384, 320> = kv::Server::new();
        static ETHERNET: $ethernet = <$ethernet>::new();
        time_driver!(static TIME: EmbassyTime<8> = EmbassyTime::new(|| Clock::start().timer().now()));

        zokio_cortex_m::interrupts! {
            ETHERNET_INTERRUPT => ETHERNET.on_interrupt(),
        }

        /// Wakes what waits with embassy-time.
        #[zokio_core::task]
        async fn time(clock: Clock) {
            TIME.run(clock).await;
        }

        /// Moves frames between the controller and the sockets.
        #[zokio_core::task]
        async fn network(mut runner: Runner<'static, $device>) {
            runner.run().await;
        }

        /// Serves one client after another on a socket of its own.
        #[zokio_core::task(pool = CLIENTS)]
        async fn connection(clock: Clock, stack: Stack<'static>) {
            let (mut incoming, mut outgoing) = ([0; BUFFER], [0; BUFFER]);
            let mut socket = TcpSocket::new(stack, &mut incoming, &mut outgoing);
            // A pipeline of requests is answered in pieces, of which none is to wait until those before it are acknowledged.
            socket.set_nagle_enabled(false);
            loop {
                if socket.accept(PORT).await.is_ok() {
                    let (mut reader, writer) = socket.split();
                    // However a session ends, the next one begins.
                    let _ = SERVER.serve(clock, &mut reader, Unacknowledged(writer), kv::Options::SOCKET).await;
                }
                socket.close();
                let _ = socket.flush().await;
                socket.abort();
                let _ = socket.flush().await;
            }
        }

        /// Removes keys when their time has come.
        #[zokio_core::task]
        async fn expire(clock: Clock) {
            SERVER.expire(clock).await;
        }

        #[allow(dead_code)]
        #[zokio_core::task]
        async fn nudge(clock: Clock, millis: u64) {
            loop {
                clock.sleep(core::time::Duration::from_millis(millis)).await;
            }
        }

        #[zokio_cortex_m::entry]
        fn main() -> ! {
            static RESOURCES: StaticCell<StackResources<SOCKETS>> = StaticCell::new();
            let mut executor = executor();
            let (spawner, clock) = (executor.spawner(), executor.clock());
            let device = ethernet(&ETHERNET, MAC);
            // The chip has no source of randomness; what follows from the seed is the numbers that connections begin with.
            let seed = u64::from_le_bytes([MAC[0], MAC[1], MAC[2], MAC[3], MAC[4], MAC[5], 0, 1]) ^ clock.now().as_nanos();
            let resources = RESOURCES.init(StackResources::new());
            let (stack, runner) = $crate::embassy_net::new(device, Config::dhcpv4(Default::default()), resources, seed);
            spawner.spawn(time(clock)).unwrap().detach();
            spawner.spawn(network(runner)).unwrap().detach();
            spawner.spawn(expire(clock)).unwrap().detach();
            $(
                spawner.spawn(nudge(clock, $millis)).unwrap().detach();
            )?
            for _ in 0..CLIENTS {
                spawner.spawn(connection(clock, stack)).unwrap().detach();
            }
            match executor.run() {
                Ok(never) => match never {},
                Err(never) => match never {},
            }
        }
    };
}
