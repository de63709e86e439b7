//! `fanin status`: a stack on AWS in numbers.

use fanin_deploy::stack::{Stack, StackStatus};

use crate::args::{Global, Output};
use crate::console::{Exit, data, many};
use crate::show::paint::Paint;

/// `fanin status`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 all is well, 1 something needs a person.

Examples:
  fanin status --stack uploads
  fanin status --stack uploads -o json")]
pub(crate) struct Status {
    /// The stack.
    #[arg(long, value_name = "NAME", env = "FANIN_STACK")]
    pub(crate) stack: String,
}

/// Carries it out.
pub(crate) fn run(global: &Global, args: &Status) -> anyhow::Result<Exit> {
    let status = Stack::open(&args.stack)?.status()?;
    if global.output == Output::Text {
        lines(&status, Paint::of_output(global)).iter().for_each(|line| data(line));
    } else {
        data(&serde_json::to_string(&status)?);
    }
    Ok(if status.troubles.is_empty() { Exit::Done } else { Exit::No })
}

fn lines(status: &StackStatus, paint: Paint) -> Vec<String> {
    let mut lines = vec![
        paint.strong(&format!("{} in {}", status.stack, status.place)),
        format!("  workflow  {}, version {}", status.workflow, status.version),
    ];
    if !status.draining.is_empty() {
        let older = many(status.draining.len() as u64, "older version");
        lines.push(format!("            {older} finish what they opened: {}", status.draining.join(", ")));
    }
    for function in &status.functions {
        let state =
            if function.state == "Active" { paint.good("active") } else { paint.bad(&function.state) };
        let size = function.code_bytes / 1_000;
        lines.push(format!(
            "  function  {}  {state}  {size} kB  changed {}",
            function.name, function.modified
        ));
    }
    for queue in &status.queues {
        let delayed =
            if queue.delayed > 0 { format!(", {} not due yet", queue.delayed) } else { String::new() };
        let (waiting, working) = (queue.waiting, queue.in_flight);
        lines.push(format!("  queue     {}  {waiting} wait, {working} worked on{delayed}", queue.name));
    }
    let more = if status.more_dead_letters { " or more" } else { "" };
    lines.push(format!("  dead letters  {}{more}", status.dead_letters));
    lines.extend(status.troubles.iter().map(|trouble| paint.bad(&format!("  ! {trouble}"))));
    lines
}
