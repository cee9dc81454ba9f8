//! One program for every machine: only its configuration differs. `cargo ci report` runs it and shows what it says.
//!
//! Three tasks of one arena beat at the same time and pass their beats through a queue of the configured capacity. When all
//! have ended the program says what its runtime consists of, and that it has run.
#![no_std]

/// Builds a runtime for `$machine` from `$config`, runs the program on it and prints with `$print`. `$platform` is what is
/// known of the machine when the program runs, if that is more than was known when it was compiled.
///
/// `main` is then `report().unwrap()` or the like: an error where there is no driver.
#[macro_export]
macro_rules! configured {
    (machine: $machine:ty, config: $config:expr, print: $print:ident $(,)?) => {
        $crate::configured!(machine: $machine, config: $config, print: $print, platform: runtime::CAPABILITIES);
    };
    (machine: $machine:ty, config: $config:expr, print: $print:ident, platform: $platform:expr $(,)?) => {
        zokio_core::runtime! {
            /// What this program runs on.
            mod runtime {
                machine: $machine,
                config: $config,
            }
        }

        // What the report says holds, or this does not compile.
        const _: () = assert!(runtime::REPORT.ram_bytes <= 16 * 1024);

        /// Beats that were not counted yet.
        static BEATS: runtime::Queue<u32> = runtime::Queue::new();

        /// Runs the program and prints its report.
        pub fn report() -> Result<(), <$machine as zokio_core::config::Machine>::Error> {
            let mut executor = runtime::executor()?;
            let (spawner, clock) = (executor.spawner(), executor.clock());
            let handles: [_; 3] = core::array::from_fn(|_| {
                let pulse = heartbeat::heartbeat(clock, |beat| BEATS.push(beat).unwrap());
                spawner.spawn(runtime::TASKS.task(pulse)).unwrap()
            });
            for handle in handles {
                let Ok(Ok(())) = executor.block_on(handle.into_future()) else { panic!("a task did not end") };
            }
            let beats = core::iter::from_fn(|| BEATS.pop()).sum::<u32>();
            // Memory is given out and taken back.
            let text = zokio_core::memory::Owned::new([beats; 8], &runtime::MEMORY);
            assert!(
                text.is_ok_and(|text| text.iter().all(|beat| *beat == 18)),
                "three tasks, and 1 + 2 + 3 beats of each"
            );
            $print!("platform         {}", $platform);
            $print!("{}ok", runtime::REPORT);
            Ok(())
        }
    };
}
