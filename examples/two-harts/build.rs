//! Links the programs for a machine with two harts, and for one with two cores.

fn main() {
    for program in ["two-harts", "wrong-hart"] {
        zokio_link::program_in(program, "memory", "riscv32");
    }
    zokio_link::programs(&[("two-cores", "mps3-an524"), ("wrong-core", "mps3-an524")]);
}
