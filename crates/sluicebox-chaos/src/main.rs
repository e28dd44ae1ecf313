//! Attacks a running Sluicebox: `chaos kills --seed 7 --rounds 20`, `chaos all --short`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use sluicebox_chaos::attacks::{ATTACKS, Attack, find};
use sluicebox_chaos::context::{Context, Options};
use sluicebox_chaos::results;
use sluicebox_chaos::world::ClusterKind;

/// Attacks a running Sluicebox and judges what it wrote. Every fault follows from the seed.
#[derive(Debug, Parser)]
#[command(name = "chaos")]
struct Arguments {
    /// Attacks to make, or `all`; `list` names them, `table` sums up the file of --results
    #[arg(required = true)]
    attacks: Vec<String>,
    /// What all choices follow from; printed when it is not given
    #[arg(long)]
    seed: Option<u64>,
    /// Rounds of each attack
    #[arg(long)]
    rounds: Option<u64>,
    /// No new round after so many seconds of an attack
    #[arg(long, value_name = "SECONDS")]
    duration: Option<u64>,
    /// The form for every change, a minute or less per attack
    #[arg(long)]
    short: bool,
    /// The brokers: the embedded one, or a real three-node Apache Kafka
    #[arg(long, value_enum, default_value = "embedded")]
    cluster: ClusterKind,
    /// Records per second of the load
    #[arg(long, default_value_t = 2_000)]
    rate: u64,
    /// The program to attack; else `sluicebox-faulty` or `sluicebox` beside this one
    #[arg(long)]
    program: Option<PathBuf>,
    /// File that a line of results is appended to
    #[arg(long)]
    results: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.attacks[0] == "table" {
        return print_table(arguments.results.as_deref());
    }
    let chosen = match chosen(&arguments.attacks) {
        Ok(chosen) => chosen,
        Err(name) => {
            eprintln!("there is no attack `{name}`; `chaos list` names them");
            return ExitCode::from(2);
        }
    };
    let seed = arguments.seed.unwrap_or_else(fresh_seed);
    let mut code = ExitCode::SUCCESS;
    for attack in chosen {
        if !make(attack, &arguments, seed) {
            code = ExitCode::FAILURE;
        }
    }
    code
}

fn print_table(results: Option<&Path>) -> ExitCode {
    match results.map(std::fs::read_to_string) {
        Some(Ok(results)) => {
            print!("{}", results::table(&results));
            ExitCode::SUCCESS
        }
        Some(Err(error)) => {
            eprintln!("cannot read the results: {error}");
            ExitCode::FAILURE
        }
        None => {
            eprintln!("`chaos table` needs --results FILE");
            ExitCode::from(2)
        }
    }
}

/// The attacks of these names; prints them all for `list`.
fn chosen(names: &[String]) -> Result<Vec<&'static Attack>, String> {
    match names[0].as_str() {
        "all" => Ok(ATTACKS.iter().collect()),
        "list" => {
            for attack in ATTACKS {
                println!(
                    "{:20} {} ({} rounds)",
                    attack.name, attack.about, attack.full_rounds
                );
            }
            Ok(Vec::new())
        }
        _ => names
            .iter()
            .map(|name| find(name).ok_or(name.clone()))
            .collect(),
    }
}

/// Makes an attack and says what came of it; whether nothing was found.
fn make(attack: &Attack, arguments: &Arguments, seed: u64) -> bool {
    let cluster = if attack.needs_kafka {
        ClusterKind::Kafka
    } else {
        arguments.cluster
    };
    let options = Options {
        seed,
        rounds: arguments.rounds,
        duration: arguments.duration.map(Duration::from_secs),
        short: arguments.short,
        cluster,
        rate: arguments.rate,
        program: arguments.program.clone(),
    };
    let rounds = if arguments.short {
        attack.short_rounds
    } else {
        attack.full_rounds
    };
    let mut context = Context::new(options, attack.name, rounds);
    eprintln!("{}: {} (--seed {seed})", attack.name, attack.about);
    let outcome = (attack.run)(&mut context);
    let line = results::line(attack.name, &context, &outcome);
    println!("{line}");
    if let Some(file) = &arguments.results
        && let Err(error) = results::append(file, &line)
    {
        eprintln!("{error}");
        return false;
    }
    if let Err(error) = outcome {
        let cluster = cluster.name();
        eprintln!(
            "{}: {error}\nagain: chaos {} --cluster {cluster} --seed {seed} --rounds {}",
            attack.name, attack.name, context.rounds_done
        );
        return false;
    }
    true
}

fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    // The standard library seeds each of these anew.
    std::hash::RandomState::new().build_hasher().finish() >> 32
}
