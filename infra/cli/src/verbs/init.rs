//! `fanin init`: a project to begin with: a workflow, its tests, sample events, settings for editors.

pub(crate) mod templates;

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::builder::PossibleValuesParser;
use serde_json::json;

use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use templates::{TEMPLATES, Template};

/// `fanin init`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Files that are there are never overwritten without `--force`.

Examples:
  fanin init jobs                         # parts of a job, in a new directory
  fanin init reviews --template quorum
  fanin init --list                       # the templates")]
pub(crate) struct Init {
    /// The directory; it is made if it is not there.
    #[arg(required_unless_present = "list")]
    pub(crate) dir: Option<PathBuf>,
    /// What to begin with.
    #[arg(long, default_value = "uploads", value_parser = PossibleValuesParser::new(TEMPLATES.map(|t| t.name)))]
    pub(crate) template: String,
    /// List the templates, a line each, and write nothing.
    #[arg(long, conflicts_with = "dir")]
    pub(crate) list: bool,
    /// Overwrite files that are there.
    #[arg(long)]
    pub(crate) force: bool,
}

/// The first line of a YAML file that tells editors its schema.
const MODELINE: &str = "# yaml-language-server: $schema=./.fanin/";
const WORKFLOW_SCHEMA: &str = "workflow.v1.schema.json";
const TEST_SCHEMA: &str = "test.v1.schema.json";

/// A file to write.
struct Planned {
    path: PathBuf,
    text: String,
    executable: bool,
}

pub(crate) fn run(global: &Global, args: &Init) -> anyhow::Result<Exit> {
    if args.list {
        list(global);
        return Ok(Exit::Done);
    }
    let Some(dir) = &args.dir else { bail!("name a directory") };
    let Some(template) = TEMPLATES.iter().find(|t| t.name == args.template) else {
        bail!("there is no template {}; `fanin init --list` shows them", args.template);
    };
    let files = plan(template);
    if !args.force {
        refuse_existing(dir, &files)?;
    }
    for file in &files {
        write(&dir.join(&file.path), file)?;
    }
    report(global, dir, template, &files);
    Ok(Exit::Done)
}

fn list(global: &Global) {
    let entry = |t: &Template| json!({ "name": t.name, "about": t.about });
    match global.output {
        Output::Text => {
            let width = TEMPLATES.iter().map(|t| t.name.len()).max().unwrap_or(0);
            TEMPLATES.iter().for_each(|t| data(&format!("{:width$}  {}", t.name, t.about)));
        }
        Output::Json => data(&json!(TEMPLATES.iter().map(entry).collect::<Vec<_>>()).to_string()),
        Output::Jsonl => TEMPLATES.iter().for_each(|t| data(&entry(t).to_string())),
    }
}

/// Every file of a project, those of the template first.
fn plan(template: &Template) -> Vec<Planned> {
    let mut files: Vec<Planned> = template
        .files
        .iter()
        .map(|file| Planned {
            path: file.path.into(),
            text: with_modeline(file.path, file.text),
            executable: file.executable,
        })
        .collect();
    let mut add = |path: &str, text: &str| {
        files.push(Planned { path: path.into(), text: text.to_owned(), executable: false });
    };
    add("README.md", &readme(template));
    add(".gitignore", include_str!("../../templates/gitignore"));
    add(".vscode/settings.json", include_str!("../../templates/settings.json"));
    add(&format!(".fanin/{WORKFLOW_SCHEMA}"), &fanin_workflow::schema::workflow());
    add(&format!(".fanin/{TEST_SCHEMA}"), &fanin_workflow::schema::test());
    files
}

fn with_modeline(path: &str, text: &str) -> String {
    match path {
        "workflow.yaml" => format!("{MODELINE}{WORKFLOW_SCHEMA}\n{text}"),
        "workflow.test.yaml" => format!("{MODELINE}{TEST_SCHEMA}\n{text}"),
        _ => text.to_owned(),
    }
}

fn readme(template: &Template) -> String {
    let files: Vec<String> =
        template.files.iter().map(|file| format!("| [{0}]({0}) | {1} |", file.path, file.about)).collect();
    let mut about = template.about.chars();
    let about: String = about.next().into_iter().flat_map(char::to_uppercase).chain(about).collect();
    include_str!("../../templates/README.md")
        .replace("{name}", template.name)
        .replace("{about}", &(about + "."))
        .replace("{files}", &files.join("\n"))
}

/// Before anything is written: all files that are there already, in one message.
fn refuse_existing(dir: &Path, files: &[Planned]) -> anyhow::Result<()> {
    let there: Vec<String> = files
        .iter()
        .map(|file| dir.join(&file.path))
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| path.display().to_string())
        .collect();
    if there.is_empty() {
        return Ok(());
    }
    let them = if there.len() == 1 { "it" } else { "them" };
    bail!(
        "nothing was written, for there is already {}; `--force` overwrites {them}, or name another directory",
        there.join(", ")
    );
}

fn write(path: &Path, file: &Planned) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(cannot)?;
    }
    // A file of its own: another one under this name may have other permissions, or be a link.
    let _ = std::fs::remove_file(path);
    let mode = if file.executable { 0o777 } else { 0o666 };
    let mut opened = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .with_context(cannot)?;
    opened.write_all(file.text.as_bytes()).with_context(cannot)
}

fn report(global: &Global, dir: &Path, template: &Template, files: &[Planned]) {
    let paths: Vec<String> = files.iter().map(|file| dir.join(&file.path).display().to_string()).collect();
    match global.output {
        Output::Text => paths.iter().for_each(|path| data(path)),
        Output::Json | Output::Jsonl => {
            data(&json!({ "template": template.name, "dir": dir, "files": paths }).to_string());
        }
    }
    say("");
    say("next:");
    if dir != Path::new(".") {
        say(&format!("  cd {}", quoted(dir)));
    }
    say("  fanin test");
    say("  fanin run workflow.yaml --events events.jsonl");
    say("  fanin dev workflow.yaml");
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+@~".contains(c);
    if text.chars().all(plain) && !text.starts_with('-') {
        text
    } else if text.starts_with('-') {
        format!("'./{}'", text.replace('\'', "'\\''"))
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
