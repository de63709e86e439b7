//! `fanin destroy`: takes a deployment back.

use fanin_deploy::Names;
use fanin_deploy::aws::Aws;
use fanin_deploy::destroy::{self, Options};

use super::deploy::{runtime, show};
use crate::args::Global;
use crate::console::{Exit, say};
use crate::show::confirm::confirmed;

/// `fanin destroy`
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "The state stays unless --data is given: deployed again, the workflow goes on where it was.
Buckets of uploads, the user's functions and what was adopted stay as they are.

Examples:
  fanin destroy --stack shop --plan     # what would go, and what would stay
  fanin destroy --stack shop --yes"
)]
pub(crate) struct Destroy {
    /// Name of the stack.
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: String,
    /// The state too: table, queues, claims. It cannot be brought back.
    #[arg(long)]
    pub(crate) data: bool,
    /// Look only.
    #[arg(long)]
    pub(crate) plan: bool,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

pub(crate) fn run(global: &Global, args: &Destroy) -> anyhow::Result<Exit> {
    let names = Names::new(&args.stack)?;
    runtime()?.block_on(async {
        let aws = Aws::connect().await?;
        say(&format!("stack {} in {}", names.stack(), aws.place()));
        let more = if args.data { " and everything it knows" } else { "" };
        if !args.plan && !confirmed(args.yes, &format!("Remove {}{more}?", names.stack()))? {
            return Ok(Exit::No);
        }
        let options = Options { data: args.data, dry: args.plan };
        let mut done = |step| show(global, &step);
        if destroy::destroy(&aws, &names, options, &|line| say(line), &mut done).await? {
            Ok(Exit::Done)
        } else {
            say(&format!("there is no stack {} in {}", names.stack(), aws.place()));
            Ok(Exit::NotFound)
        }
    })
}
