//! Links the program for a machine with two harts.

fn main() {
    zokio_link::program_in("two-harts", "memory", "riscv32");
}
