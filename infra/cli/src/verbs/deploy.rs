//! `fanin deploy`: a workflow on AWS, in visible, repeatable steps.

use std::path::PathBuf;

use anyhow::{Context, bail};
use fanin_deploy::aws::Aws;
use fanin_deploy::steps::{self, Code, Options, Outcome, Run, Step};
use fanin_deploy::{Project, bus};
use serde_json::json;

use super::template::project::StackOptions;
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::show::confirm::confirmed;

/// `fanin deploy`
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Settings come from the standard chain: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL.

Examples:
  fanin deploy workflow.yaml --offline             # the steps, without asking AWS
  fanin deploy --offline --functions target/lambda # code from zip files instead of cargo lambda build

  fanin deploy --plan                              # what is different, and nothing is changed
  fanin deploy --stack shop --adopt --yes          # also sets destinations and notifications that are not the stack's"
)]
pub(crate) struct Deploy {
    /// The workflow file.
    #[arg(default_value = "workflow.yaml")]
    pub(crate) workflow: PathBuf,
    /// Look only: show the steps and what each would change.
    #[arg(long)]
    pub(crate) plan: bool,
    /// Show the steps without asking AWS.
    #[arg(long, conflicts_with = "plan")]
    pub(crate) offline: bool,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Set destinations on functions, and notifications on buckets, that are not the stack's. Never over another's.
    #[arg(long)]
    pub(crate) adopt: bool,
    /// Zip files of the functions (NAME.zip or NAME/bootstrap.zip), instead of building them.
    #[arg(long, value_name = "DIR", conflicts_with = "source")]
    pub(crate) functions: Option<PathBuf>,
    /// The source of fanin, of which cargo-lambda builds the functions. Default: the workspace around this directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,
    /// ARN of the SNS topic that is told of alarms.
    #[arg(long, value_name = "ARN")]
    pub(crate) alarm_topic: Option<String>,
    /// Leave the synthetic event out.
    #[arg(long)]
    pub(crate) no_smoke: bool,
    #[command(flatten)]
    pub(crate) stack: StackOptions,
}

pub(crate) fn run(global: &Global, args: &Deploy) -> anyhow::Result<Exit> {
    let Some(project) = args.stack.project(global, &args.workflow)? else { return Ok(Exit::No) };
    for note in project.notes()? {
        say(&format!("note: {note}"));
    }
    for rule in bus::rules(&project)?.iter().filter(|rule| rule.widened.is_some()) {
        let why = rule.widened.as_deref().unwrap_or_default();
        say(&format!("note: the rule {} lets more through: {why}", rule.name));
    }
    let options = Options {
        dry: args.plan,
        adopt: args.adopt,
        code: code(args)?,
        alarm_topic: args.alarm_topic.clone(),
        no_smoke: args.no_smoke,
    };
    if args.offline {
        for line in steps::outline(&project, &options) {
            match global.output {
                Output::Text => data(&line),
                _ => data(&json!({ "step": line }).to_string()),
            }
        }
        return Ok(Exit::Done);
    }
    runtime()?.block_on(carry_out(global, args, &project, &options))
}

/// Where the functions' code comes from.
fn code(args: &Deploy) -> anyhow::Result<Code> {
    if let Some(dir) = &args.functions {
        return Ok(Code::Zips(dir.clone()));
    }
    let here = std::env::current_dir().context("there is no current directory")?;
    let from = args.source.as_ref().unwrap_or(&here);
    match steps::find_source(from) {
        Some(source) => Ok(Code::Source(source)),
        None if args.offline => Ok(Code::Zips(PathBuf::from("--functions DIR"))),
        None => bail!(
            "the code of the functions is not here: there is no source of fanin at or above {}; name it with --source DIR, or give their zip files with --functions DIR",
            from.display()
        ),
    }
}

async fn carry_out(
    global: &Global,
    args: &Deploy,
    project: &Project,
    options: &Options,
) -> anyhow::Result<Exit> {
    let aws = Aws::connect().await?;
    say(&format!("{} -> stack {} in {}", project.plan.workflow, project.names.stack(), aws.place()));
    if !options.dry && !confirmed(args.yes, &format!("Deploy to {}?", aws.place()))? {
        return Ok(Exit::No);
    }
    let run = Run { aws: &aws, project, options, tell: &|line| say(line) };
    let mut changed = false;
    let mut done = |step: Step| {
        changed |= !matches!(step.outcome, Outcome::Unchanged | Outcome::Skipped(_));
        show(global, &step);
    };
    steps::deploy(&run, &mut done).await?;
    if options.dry {
        say(if changed { "nothing was changed: this was --plan" } else { "nothing is different" });
    }
    Ok(Exit::Done)
}

/// A step that is over, as a line.
pub(crate) fn show(global: &Global, step: &Step) {
    let (outcome, detail) = match &step.outcome {
        Outcome::Unchanged => ("unchanged", ""),
        Outcome::Done(what) => ("done", what.as_str()),
        Outcome::Would(what) => ("would", what.as_str()),
        Outcome::Skipped(why) => ("skipped", why.as_str()),
    };
    if global.output != Output::Text {
        data(&json!({ "step": step.what, "outcome": outcome, "detail": detail }).to_string());
        return;
    }
    data(&match outcome {
        "unchanged" => format!("{}: unchanged", step.what),
        "done" => format!("{}: {detail}", step.what),
        _ => format!("{}: {outcome}: {detail}", step.what),
    });
}

pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")
}
