//! `aws-cost`: what joins cost on AWS, measured at the wire.
#![expect(clippy::print_stdout, reason = "a program prints its report")]

use clap::Parser;
use fanin_tests_aws::cost::{Workload, measure};
use fanin_tests_aws::lambda::bootstraps;

#[derive(Parser)]
#[command(about = "What joins cost on AWS: requests and capacity units, measured at the wire")]
struct Args {
    /// All of 200 joins x 1,000 events, and one key with a million events under duplicates.
    #[arg(long)]
    long: bool,
    /// Of all that only the hot key.
    #[arg(long, requires = "long")]
    only_hot: bool,
    /// Events of the hot key.
    #[arg(long, default_value_t = 1_000_000)]
    hot: u64,
    /// Fixes the order of the events.
    #[arg(long, env = "FANIN_SEED", default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let built = bootstraps()?;
    let logs = std::env::temp_dir().join(format!("fanin-aws-cost-{}", std::process::id()));
    std::fs::create_dir_all(&logs)?;
    let mut workloads = vec![
        Workload::Joins { joins: 200, deadline: false, batch: 10 },
        Workload::Joins { joins: 200, deadline: true, batch: 10 },
        Workload::Counts { joins: if args.long { 200 } else { 10 }, events: 1_000, batch: 100 },
    ];
    if args.long {
        if args.only_hot {
            workloads.clear();
        }
        workloads.push(Workload::Hot { events: args.hot, batch: 1_000 });
    }
    let mut sound = true;
    for workload in workloads {
        let cost = measure(&built, workload, args.seed, &logs).await?;
        sound &= cost.sound();
        println!("{cost}\n");
    }
    anyhow::ensure!(sound, "not sound; what the functions said is in {}", logs.display());
    std::fs::remove_dir_all(&logs)?;
    Ok(())
}
