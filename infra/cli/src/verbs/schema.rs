//! `fanin schema`: JSON Schemas for editors and other tools.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ValueEnum;
use fanin_workflow::schema;
use serde_json::json;

use crate::args::{Global, Output};
use crate::console::{Exit, data, say};

/// `fanin schema`
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "An editor checks and completes a file that begins with\n  # yaml-language-server: $schema=./.fanin/workflow.v1.schema.json\n\nExamples:\n  fanin schema workflow > workflow.v1.schema.json   the schema of workflow files\n  fanin schema test                                 that of test files\n  fanin schema event                                that of events\n  fanin schema --write .fanin                       all three, each as NAME.v1.schema.json"
)]
pub(crate) struct Schema {
    /// Whose schema.
    #[arg(value_enum, required_unless_present = "write")]
    pub(crate) of: Option<Of>,
    /// Write all three into this directory: `workflow.v1.schema.json`, `test.v1.schema.json`, `event.v1.schema.json`.
    #[arg(long, value_name = "DIR", conflicts_with = "of")]
    pub(crate) write: Option<PathBuf>,
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Of {
    /// Workflow files.
    Workflow,
    /// Test files.
    Test,
    /// Events.
    Event,
}

impl Of {
    fn name(self) -> &'static str {
        match self {
            Of::Workflow => "workflow",
            Of::Test => "test",
            Of::Event => "event",
        }
    }

    fn text(self) -> String {
        match self {
            Of::Workflow => schema::workflow(),
            Of::Test => schema::test(),
            Of::Event => schema::event(),
        }
    }
}

pub(crate) fn run(global: &Global, args: &Schema) -> anyhow::Result<Exit> {
    match (args.of, &args.write) {
        (Some(of), _) => show(global, of)?,
        (None, Some(dir)) => {
            std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
            let mut written = Vec::new();
            for of in [Of::Workflow, Of::Test, Of::Event] {
                let path = dir.join(format!("{}.v1.schema.json", of.name()));
                std::fs::write(&path, of.text())
                    .with_context(|| format!("cannot write {}", path.display()))?;
                written.push(path.display().to_string());
            }
            match global.output {
                Output::Json => data(&json!({ "written": written }).to_string()),
                Output::Jsonl => written.iter().for_each(|path| data(&json!({ "file": path }).to_string())),
                Output::Text => written.iter().for_each(|path| data(path)),
            }
            say(
                "begin a workflow with `# yaml-language-server: $schema=PATH` and an editor checks it as you type",
            );
        }
        (None, None) => bail!("say whose schema: workflow, test or event"),
    }
    Ok(Exit::Done)
}

/// A schema is JSON in every form; as `jsonl` it is one line.
fn show(global: &Global, of: Of) -> anyhow::Result<()> {
    let text = of.text();
    if global.output == Output::Jsonl {
        let value: serde_json::Value = serde_json::from_str(&text)?;
        data(&value.to_string());
    } else {
        data(text.trim_end());
    }
    Ok(())
}
