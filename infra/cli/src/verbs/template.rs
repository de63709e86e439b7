//! `fanin template`: the CloudFormation template of a workflow.

pub(crate) mod project;

use std::path::PathBuf;

use anyhow::Context;
use clap::ValueEnum;
use fanin_deploy::template::{self, Part};
use fanin_deploy::{bus, yaml};

use crate::args::{Global, Output};
use crate::console::{Exit, data, say};

/// `fanin template`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  fanin template workflow.yaml > template.yaml
  fanin template --stack shop --observe            # near misses are seen too: every event of a source comes in
  fanin template --part wiring -o json             # one of the three stacks that `fanin deploy` makes
  fanin template --own-bucket uploads --to template.yaml

The template takes the functions' code from a bucket (CodeBucket, and condition-engine.zip, rule-engine.zip and
timers.zip in it). `fanin deploy` does all of it.")]
pub(crate) struct Template {
    /// The workflow file.
    #[arg(default_value = "workflow.yaml")]
    pub(crate) workflow: PathBuf,
    /// A part of it, as `fanin deploy` keeps it in a stack of its own.
    #[arg(long, value_enum, default_value_t = Which::Whole)]
    pub(crate) part: Which,
    /// Write to this file instead of standard output: JSON if its name ends so.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) stack: project::StackOptions,
}

/// Which part of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    /// Everything.
    Whole,
    /// Table, queues, buckets, bus.
    State,
    /// The three functions with their roles and logs.
    Functions,
    /// Rules, event sources, alarms.
    Wiring,
}

impl From<Which> for Part {
    fn from(which: Which) -> Part {
        match which {
            Which::Whole => Part::Whole,
            Which::State => Part::State,
            Which::Functions => Part::Functions,
            Which::Wiring => Part::Wiring,
        }
    }
}

pub(crate) fn run(global: &Global, args: &Template) -> anyhow::Result<Exit> {
    let Some(project) = args.stack.project(global, &args.workflow)? else { return Ok(Exit::No) };
    for note in project.notes()? {
        say(&format!("note: {note}"));
    }
    for rule in bus::rules(&project)? {
        if let Some(why) = &rule.widened {
            say(&format!(
                "note: the rule {} lets through more than {}: {why}",
                rule.name,
                rule.events.join(", ")
            ));
        }
    }
    let document = template::template(&project, args.part.into())?;
    let json = args.to.as_ref().is_some_and(|path| path.extension().is_some_and(|e| e == "json"));
    let text = match global.output {
        Output::Jsonl => document.to_string(),
        Output::Json => serde_json::to_string_pretty(&document)?,
        Output::Text if json => serde_json::to_string_pretty(&document)?,
        Output::Text => yaml::to_yaml(&document),
    };
    match &args.to {
        None => data(text.trim_end()),
        Some(path) => {
            std::fs::write(path, text.trim_end().to_owned() + "\n")
                .with_context(|| format!("cannot write {}", path.display()))?;
            say(&format!("written: {}", path.display()));
        }
    }
    Ok(Exit::Done)
}
