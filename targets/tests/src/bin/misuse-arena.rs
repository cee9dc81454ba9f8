//! Bad use: more tasks than there are slots. What comes back says so, and a panic over it says the same.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use core::future::pending;
    use zokio_board::host::println;
    use zokio_core::task::TaskArena;
    use zokio_cortex_m::boards::lm3s6965evb::executor;

    static TASKS: TaskArena<2, 16> = TaskArena::new();

    zokio_cortex_m::interrupts! {}

    #[zokio_core::task]
    async fn lonely() {
        pending::<()>().await;
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let spawner = executor().spawner();
        for _ in 0..2 {
            spawner.spawn(TASKS.task(pending::<()>())).unwrap().detach();
        }
        let full = spawner.spawn(TASKS.task(pending::<()>()));
        let Err(error) = full else { panic!("a slot too many") };
        println!("{error}");
        // The task came back, and can be tried again.
        assert!(spawner.spawn(error.task).is_err());
        assert!(spawner.live() == 2);
        spawner.spawn(lonely()).unwrap().detach();
        spawner.spawn(lonely()).unwrap().detach();
        unreachable!("the pool has one slot")
    }
}
