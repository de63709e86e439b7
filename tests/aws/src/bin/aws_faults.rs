//! `aws-faults --joins N --seed S`: joins through the real functions while everything around them fails.
#![expect(clippy::print_stdout, reason = "a program prints its report")]

use clap::Parser;
use fanin_tests_aws::fault_run::{FaultRun, run};
use fanin_tests_aws::faults::Rates;
use fanin_tests_aws::lambda::bootstraps;

#[derive(Parser)]
#[command(
    about = "Joins through the real functions while requests fail, replies are lost and processes are killed"
)]
struct Args {
    /// Joins.
    #[arg(long, default_value_t = 10_000)]
    joins: usize,
    /// Fixes events, faults and order.
    #[arg(long, env = "FANIN_SEED", default_value_t = 1)]
    seed: u64,
    /// One request in so many fails, is slow, or loses its reply.
    #[arg(long, default_value_t = 50)]
    fault: usize,
    /// One request in so many kills a process in the middle of a batch.
    #[arg(long, default_value_t = 400)]
    kill: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let built = bootstraps()?;
    let logs = std::env::temp_dir().join(format!("fanin-aws-faults-{}", std::process::id()));
    std::fs::create_dir_all(&logs)?;
    let rates = Rates { fault: args.fault, kill: args.kill };
    let report = run(&built, FaultRun { joins: args.joins, seed: args.seed, rates }, &logs).await?;
    println!("{report}");
    if report.clean() {
        std::fs::remove_dir_all(&logs)?;
        return Ok(());
    }
    anyhow::bail!("not clean; what the functions said is in {}", logs.display())
}
