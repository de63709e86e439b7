//! The command line: the verbs and what all of them share. The options of a verb stand beside it.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::verbs::{
    backtest, check, completions, dead, dev, doctor, emit, events, explain, fmt, graph, init, matching,
    replay, run, schema, state, test,
};
#[cfg(feature = "aws")]
use crate::verbs::{cost, deploy, destroy, logs, status, template};

/// A serverless condition/rule event engine: when all N files have arrived, run this once.
#[derive(Debug, Parser)]
#[command(name = "fanin", version, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 the answer is no, 2 usage, 3 still pending, 4 not found.\nData goes to standard output, everything else to standard error."
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Options of every verb.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Global {
    /// Colour in text for people.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// Form of the data on standard output.
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// Form of the lines on standard error; `FANIN_LOG` says how many of the log.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, env = "FANIN_LOG_FORMAT")]
    pub(crate) log_format: LogFormat,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON document a line.
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Form of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// One JSON document a line.
    Jsonl,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Begin a project: a workflow, its tests, sample events, settings for editors.
    Init(init::Init),
    /// Check workflow and test files: every mistake with its place and what to write instead.
    Check(check::Check),
    /// Lay out workflow and test files: one look, comments kept.
    Fmt(fmt::Fmt),
    /// Print the JSON Schema of workflow files, test files or events.
    Schema(schema::Schema),
    /// Draw a workflow: Mermaid, Graphviz, SVG or JSON.
    Graph(graph::Graph),
    /// Play test files in virtual time.
    Test(test::Test),
    /// Take events from a file or standard input, run until nothing is left to do, and stop.
    Run(run::Run),
    /// Serve a workflow: S3 endpoint, HTTP, folders; reload it when its file changes.
    Dev(dev::Dev),
    /// Send events to a running `fanin dev`, or to a stack on AWS.
    Emit(emit::Emit),
    /// Say which named events an event is, and why it is not the others.
    Match(matching::Match),
    /// Look at everything a host stands on, say what is wrong, repair a damaged state.
    Doctor(doctor::Doctor),
    /// Say why a condition has, or has not, fired for a key; or what became of an event.
    Explain(explain::Explain),
    /// List what happened: the last of it, what fits a question, or what comes.
    Events(events::Events),
    /// List the instances and how they stand; drop, expire or waive by hand.
    State(state::State),
    /// List, show and retry what could not be taken or was given up.
    Dead(dead::Dead),
    /// Take the log through the engine again: what it decides, and whether it is the same; or copy a part of it.
    Replay(replay::Replay),
    /// Play the recorded events under another version of the workflow, without side effects: what would be different.
    Backtest(backtest::Backtest),
    /// Print the CloudFormation template of a workflow.
    #[cfg(feature = "aws")]
    Template(template::Template),
    /// Put a workflow on AWS, in visible, repeatable steps; or show what is different.
    #[cfg(feature = "aws")]
    Deploy(deploy::Deploy),
    /// Take a deployment back; its state stays unless you say otherwise.
    #[cfg(feature = "aws")]
    Destroy(destroy::Destroy),
    /// Predict what a workload costs on AWS: requests, capacity units, dollars.
    #[cfg(feature = "aws")]
    Cost(cost::Predict),
    /// Say how a stack on AWS is: functions, queues, versions, dead letters.
    #[cfg(feature = "aws")]
    Status(status::Status),
    /// Show what the functions of a stack wrote.
    #[cfg(feature = "aws")]
    Logs(logs::Logs),
    /// Print the script that makes a shell complete names of workflows, events and tests.
    Completions(completions::Completions),
}

/// Where the state of a host lies.
#[derive(Debug, ClapArgs)]
pub(crate) struct Place {
    /// Directory of the state: log, snapshots, objects. Default: `.fanin/NAME` beside the workflow file.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
}
