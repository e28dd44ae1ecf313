//! The `sluicebox` program.

fn main() -> std::process::ExitCode {
    sluicebox::main()
}
