//! Links the programs for a machine with two harts.

fn main() {
    for program in ["two-harts", "wrong-hart"] {
        zokio_link::program_in(program, "memory", "riscv32");
    }
}
