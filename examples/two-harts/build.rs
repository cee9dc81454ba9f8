//! Links the programs for a machine with two harts, and for one with two cores.

fn main() {
    for program in ["two-harts", "wrong-hart"] {
        zokio_link::program_in(program, "memory", "riscv32");
    }
    let on_two_cores = ["two-cores", "two-cores-levels", "wrong-core", "wrong-level"];
    zokio_link::programs(&on_two_cores.map(|program| (program, "mps3-an524")));
}
