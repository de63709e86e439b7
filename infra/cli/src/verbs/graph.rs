//! `fanin graph`: a workflow as a picture.

use std::path::PathBuf;

use anyhow::Context;
use clap::ValueEnum;
use fanin_workflow::graph::{self, Graph as Picture};

use super::files;
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};

/// `fanin graph`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  fanin graph                                      # Mermaid, for a README or a wiki
  fanin graph workflow.yaml --format svg --to workflow.svg
  fanin graph --format dot > workflow.dot          # for Graphviz
  fanin graph --format json                        # nodes and edges, for programs")]
pub(crate) struct Graph {
    /// The workflow file.
    #[arg(default_value = "workflow.yaml")]
    pub(crate) workflow: PathBuf,
    /// What to write. With `-o json` or `-o jsonl` it is `json`.
    #[arg(long, value_enum, default_value_t = Format::Mermaid)]
    pub(crate) format: Format,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

/// What a graph is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A Mermaid flowchart: GitHub, GitLab and many wikis draw it.
    Mermaid,
    /// The language of Graphviz.
    Dot,
    /// A drawing, for light and dark pages.
    Svg,
    /// Nodes and edges.
    Json,
}

pub(crate) fn run(global: &Global, args: &Graph) -> anyhow::Result<Exit> {
    let Some(plan) = files::compile(global, &args.workflow)? else { return Ok(Exit::No) };
    let picture = Picture::of(&plan);
    let text = match (global.output, args.format) {
        (Output::Jsonl, _) => serde_json::to_string(&picture)?,
        (Output::Json, _) | (_, Format::Json) => picture.json(),
        (_, Format::Mermaid) => graph::mermaid(&picture),
        (_, Format::Dot) => graph::dot(&picture),
        (_, Format::Svg) => graph::svg(&picture)?,
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
