//! What `template`, `deploy` and `cost` are told about a stack.

use std::path::Path;

use anyhow::ensure;
use clap::ValueEnum;
use fanin_deploy::{Arch, BusChoice, Names, Project, Settings, Telling, limits};

use crate::args::Global;
use crate::verbs::files;

/// The processor of the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Processor {
    /// Graviton: a fifth cheaper.
    Arm64,
    /// Intel and AMD.
    #[value(name = "x86_64")]
    X86,
}

/// The choices a person has about a stack.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "The stack")]
pub(crate) struct StackOptions {
    /// Name of the stack, and the beginning of every name in it. Default: the workflow's name.
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Option<String>,
    /// The processor of the functions.
    #[arg(long, value_enum, default_value_t = Processor::Arm64)]
    pub(crate) arch: Processor,
    /// The bus on which the workflow's own events come: one that is there, `default` too. Default: a bus of the stack.
    #[arg(long, value_name = "NAME")]
    pub(crate) bus: Option<String>,
    /// Let every event of the sources in, so that near misses are seen.
    #[arg(long)]
    pub(crate) observe: bool,
    /// What the functions tell of events in their logs: `outcomes` (firings, failures, late events, dead letters), `all` (each event and
    /// call too, and the values behind near misses), `off`.
    #[arg(long, value_name = "WHAT", default_value = "outcomes", value_parser = telling)]
    pub(crate) events: Telling,
    /// Events of one batch.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=limits::MAX_BATCH as i64))]
    pub(crate) batch: u32,
    /// Seconds a batch of more than ten events may wait to fill.
    #[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=limits::MAX_WINDOW_S as i64))]
    pub(crate) window: u32,
    /// Functions of one kind at once.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(2..=limits::MAX_CONCURRENCY as i64))]
    pub(crate) concurrency: u32,
    /// The Lambda function, by name or ARN, that a function of the workflow is. Default: the one with its name.
    #[arg(long, value_name = "NAME=LAMBDA")]
    pub(crate) function: Vec<String>,
    /// Invoke this function of the workflow without waiting; its answer comes by its Lambda destination.
    #[arg(long = "async", value_name = "NAME")]
    pub(crate) asynchronous: Vec<String>,
    /// Make this bucket, which the workflow names, in the stack.
    #[arg(long, value_name = "BUCKET")]
    pub(crate) own_bucket: Vec<String>,
}

fn telling(word: &str) -> Result<Telling, String> {
    Telling::of_word(word).ok_or_else(|| format!("it is one of {}", Telling::WORDS.join(", ")))
}

impl StackOptions {
    /// The workflow with these choices. None: it has mistakes, which were told.
    pub(crate) fn project(&self, global: &Global, workflow: &Path) -> anyhow::Result<Option<Project>> {
        let Some(plan) = files::compile(global, workflow)? else { return Ok(None) };
        let names = match &self.stack {
            Some(stack) => Names::new(stack)?,
            None => Names::of_workflow(&plan.workflow)?,
        };
        let mut settings = Settings {
            arch: match self.arch {
                Processor::Arm64 => Arch::Arm64,
                Processor::X86 => Arch::X86,
            },
            bus: self.bus.clone().map_or(BusChoice::Own, BusChoice::Named),
            observe: self.observe,
            events: self.events,
            batch: self.batch,
            window_s: self.window,
            concurrency: self.concurrency,
            asynchronous: self.asynchronous.iter().cloned().collect(),
            own_buckets: self.own_bucket.iter().cloned().collect(),
            ..Settings::default()
        };
        for pair in &self.function {
            let (name, lambda) = pair.split_once('=').unwrap_or((pair, ""));
            ensure!(
                !name.is_empty() && !lambda.is_empty(),
                "--function {pair} is not NAME=LAMBDA: write for example --function assemble=shop-assemble"
            );
            settings.functions.insert(name.to_owned(), lambda.to_owned());
        }
        let project = Project { plan, names, settings };
        let buckets = fanin_deploy::bus::buckets(&project);
        for bucket in &self.own_bucket {
            ensure!(
                buckets.contains(bucket),
                "the workflow waits for no upload to the bucket `{bucket}`; it names: {}",
                if buckets.is_empty() { "none".to_owned() } else { buckets.join(", ") }
            );
        }
        Ok(Some(project))
    }
}
