//! The key-value server on a board: every UART is a client, one task serves it, and one more removes expired keys.
//!
//! Each program in `src/bin` is one board. It says how large the server is and which UARTs there are, and no more:
//!
//! ```text
//! ZOKIO_QEMU_ARGS='-serial tcp:127.0.0.1:7379,server=on,wait=off' \
//!     cargo run --manifest-path targets/Cargo.toml --release -p kv-firmware --target thumbv7m-none-eabi --bin lm3s6965evb
//! redis-cli -p 7379 SET greeting hello
//! ```
#![cfg_attr(target_os = "none", no_std)]

/// Declares the program for a board: its server, its interrupts, and the tasks.
///
/// `server` is the server's type, `ring` how many bytes each UART buffers each way, `uarts` the statics to declare and
/// their registers. The program binds their interrupts itself.
#[macro_export]
macro_rules! firmware {
    (
        board: $board:path,
        entry: $entry:path,
        server: $server:ty,
        ring: $ring:literal,
        uarts: [$($uart:ident: $port:ty),+],
    ) => {
        use zokio_board::uart::{Uart, UartIo};
        use $board::{Clock, executor};

        static SERVER: $server = <$server>::new();
        $(static $uart: Uart<$port, $ring, $ring> = Uart::new();)+

        /// How many UARTs, and so clients, there are.
        const LINES: usize = [$(stringify!($uart)),+].len();

        /// Serves one client after another on a line that does not tell them apart.
        #[zokio_core::task(pool = LINES)]
        async fn line(clock: Clock, uart: UartIo<$ring, $ring>) {
            let (mut reader, mut writer) = uart.split();
            loop {
                // However a session ends, by QUIT or by noise on the line, the next one begins.
                let _ = SERVER.serve(clock, &mut reader, &mut writer, kv::Options::SERIAL).await;
            }
        }

        /// Removes keys when their time has come.
        #[zokio_core::task]
        async fn expire(clock: Clock) {
            SERVER.expire(clock).await;
        }

        #[$entry]
        fn main() -> ! {
            let mut executor = executor();
            let (spawner, clock) = (executor.spawner(), executor.clock());
            spawner.spawn(expire(clock)).unwrap().detach();
            for uart in [$($uart.open()),+].into_iter().flatten() {
                spawner.spawn(line(clock, uart)).unwrap().detach();
            }
            match executor.run() {
                Ok(never) => match never {},
                Err(never) => match never {},
            }
        }
    };
}
