//! The command line: verbs, their options and their help.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// A serverless condition/rule event engine: when all N files have arrived, run this once.
#[derive(Debug, Parser)]
#[command(name = "fanin", version, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 the answer is no, 2 usage, 3 still pending.\nData goes to standard output, everything else to standard error."
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
    /// Check workflow and test files: every mistake with its place and what to write instead.
    Check(Check),
    /// Play test files in virtual time.
    Test(Test),
    /// Take events from a file or standard input, run until nothing is left to do, and stop.
    Run(Run),
    /// Serve a workflow: S3 endpoint, HTTP, folders; reload it when its file changes.
    Dev(Dev),
    /// Send events to a running `fanin dev`.
    Emit(Emit),
}

/// `fanin check`
#[derive(Debug, ClapArgs)]
pub(crate) struct Check {
    /// Workflow files, test files (`*.test.yaml`, or with a `tests:` list), or directories of such.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Warnings count as mistakes.
    #[arg(long)]
    pub(crate) strict: bool,
}

/// `fanin test`
#[derive(Debug, ClapArgs)]
pub(crate) struct Test {
    /// Test files, or directories of such.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Only tests whose name contains this text.
    #[arg(long)]
    pub(crate) filter: Option<String>,
    /// The seed of all shuffles; printed with every failure.
    #[arg(long, env = "FANIN_SEED")]
    pub(crate) seed: Option<u64>,
}

/// Where the state of a host lies.
#[derive(Debug, ClapArgs)]
pub(crate) struct Place {
    /// Directory of the state: log, snapshots, objects. Default: `.fanin/NAME` beside the workflow file.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
}

/// `fanin run`
#[derive(Debug, ClapArgs)]
pub(crate) struct Run {
    /// The workflow file.
    pub(crate) workflow: PathBuf,
    /// Events, one JSON document a line; `-` is standard input.
    #[arg(long, default_value = "-")]
    pub(crate) events: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
    /// Also wait for deadlines: run until no instance is open.
    #[arg(long)]
    pub(crate) wait: bool,
}

/// `fanin dev`
#[derive(Debug, ClapArgs)]
pub(crate) struct Dev {
    /// The workflow file.
    pub(crate) workflow: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) bind: std::net::IpAddr,
    /// Port of the HTTP receiver; 0: any free one.
    #[arg(long, default_value_t = 4800)]
    pub(crate) port: u16,
    /// Port of the S3 endpoint; 0: any free one.
    #[arg(long, default_value_t = 4801)]
    pub(crate) s3_port: u16,
    /// Access key and secret key of the S3 endpoint, as `KEY:SECRET`.
    #[arg(long, default_value = "test:test", env = "FANIN_S3_KEYS")]
    pub(crate) s3_keys: String,
    /// Watch a folder as if it were a bucket: `FOLDER=BUCKET`. May be given more than once.
    #[arg(long = "watch", value_name = "FOLDER=BUCKET")]
    pub(crate) watch: Vec<String>,
    /// Also take events from standard input, one JSON document a line.
    #[arg(long)]
    pub(crate) stdin: bool,
    /// Host names that requests may be addressed to, beside the loopback's.
    #[arg(long = "host")]
    pub(crate) hosts: Vec<String>,
}

/// `fanin emit`
#[derive(Debug, ClapArgs)]
pub(crate) struct Emit {
    /// Files with one event or a list of events, or one a line; `-` is standard input.
    pub(crate) files: Vec<PathBuf>,
    /// Make one event: its source.
    #[arg(long, requires = "detail_type", conflicts_with = "files")]
    pub(crate) source: Option<String>,
    /// Make one event: its detail-type.
    #[arg(long = "type", id = "detail_type", requires = "source")]
    pub(crate) detail_type: Option<String>,
    /// Make one event: its detail, JSON.
    #[arg(long, default_value = "{}")]
    pub(crate) detail: String,
    /// Make one event: its id. Without one the host makes it up, and a repetition counts.
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// The running host.
    #[arg(long, default_value = "http://127.0.0.1:4800", env = "FANIN_URL")]
    pub(crate) to: String,
}
