//! The program under attack: `sluicebox` with failpoints and planted bugs, for tests only.

fn main() -> std::process::ExitCode {
    sluicebox::main()
}
