//! `fanin fmt`: one layout for workflow and test files.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use fanin_workflow::Diagnostic;
use serde_json::json;
use similar::TextDiff;

use super::files;
use crate::args::{Global, Output};
use crate::console::{Exit, data, many, say};

/// Lines around a difference.
const CONTEXT: usize = 3;
/// How standard input is called in what is said about it.
const STDIN: &str = "<stdin>";

/// `fanin fmt`
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Comments, quotes, the order of names and short values in brackets stay as they are.\n\nExamples:\n  fanin fmt                     rewrite the workflows and tests below this directory\n  fanin fmt workflow.yaml       rewrite one file\n  fanin fmt --check             change nothing; show what would change\n  fanin fmt - < workflow.yaml   from standard input to standard output"
)]
pub(crate) struct Fmt {
    /// Files, or directories to search for workflow and test files; `-` is standard input, written to standard output.
    #[arg(default_value = ".")]
    pub(crate) files: Vec<PathBuf>,
    /// Change nothing; show the differences, and exit with 1 if there are any.
    #[arg(long)]
    pub(crate) check: bool,
}

/// What became of a file.
enum Outcome {
    Same,
    Changed { before: String, after: String },
    Refused(Vec<Diagnostic>),
}

pub(crate) fn run(global: &Global, args: &Fmt) -> anyhow::Result<Exit> {
    if args.files.iter().any(|path| path.as_os_str() == "-") {
        if args.files.len() > 1 {
            bail!("`-` stands alone: standard input, or files");
        }
        return stdin(global, args);
    }
    let (mut seen, mut changed, mut refused) = (0_usize, Vec::new(), Vec::new());
    for path in files::find(&args.files)? {
        let name = path.display().to_string();
        let text = files::read(&path)?;
        if !args.files.contains(&path) && !files::is_ours(&text) {
            continue;
        }
        seen += 1;
        match look(&name, text) {
            Outcome::Same => tell(global, &name, "unchanged", None),
            Outcome::Changed { before, after } => {
                let difference = args.check.then(|| difference(&name, &before, &after));
                if !args.check {
                    replace(&path, &after)?;
                }
                tell(global, &name, "changed", difference.as_deref());
                changed.push(name);
            }
            Outcome::Refused(diagnostics) => {
                let text = files::read(&path)?;
                for diagnostic in &diagnostics {
                    say(fanin_workflow::render(diagnostic, &text, files::style(global)).trim_end());
                }
                tell(global, &name, "refused", None);
                refused.push(name);
            }
        }
    }
    if global.output == Output::Json {
        data(&json!({ "files": seen, "changed": changed, "refused": refused }).to_string());
    }
    say(&summary(seen, (changed.len(), refused.len()), args.check));
    let wrong = !refused.is_empty() || args.check && !changed.is_empty();
    Ok(if seen == 0 {
        Exit::NotFound
    } else if wrong {
        Exit::No
    } else {
        Exit::Done
    })
}

fn summary(seen: usize, (changed, refused): (usize, usize), check: bool) -> String {
    if seen == 0 {
        return "no workflow and no test file was found here".to_owned();
    }
    let word = if check { "would change" } else { "changed" };
    let unread = if refused > 0 { format!(", {refused} cannot be read") } else { String::new() };
    format!("{}, {changed} {word}{unread}", many(seen as u64, "file"))
}

fn look(name: &str, before: String) -> Outcome {
    match fanin_workflow::fmt::format(name, &before) {
        Ok(after) if after == before => Outcome::Same,
        Ok(after) => Outcome::Changed { before, after },
        Err(diagnostics) => Outcome::Refused(diagnostics),
    }
}

fn tell(global: &Global, name: &str, status: &str, difference: Option<&str>) {
    match (global.output, difference) {
        (Output::Text, Some(difference)) => data(difference.trim_end()),
        (Output::Text, None) if status == "changed" => data(name),
        (Output::Jsonl, difference) => {
            data(&json!({ "file": name, "status": status, "diff": difference }).to_string());
        }
        _ => {}
    }
}

fn difference(name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().context_radius(CONTEXT).header(name, &format!("{name} (formatted)")).to_string()
}

fn stdin(global: &Global, args: &Fmt) -> anyhow::Result<Exit> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("cannot read standard input as text")?;
    let out = match look(STDIN, text.clone()) {
        Outcome::Refused(diagnostics) => {
            for diagnostic in &diagnostics {
                say(fanin_workflow::render(diagnostic, &text, files::style(global)).trim_end());
            }
            return Ok(Exit::No);
        }
        Outcome::Same if args.check => return Ok(Exit::Done),
        Outcome::Same => text,
        Outcome::Changed { before, after } if args.check => {
            data(difference(STDIN, &before, &after).trim_end());
            return Ok(Exit::No);
        }
        Outcome::Changed { after, .. } => after,
    };
    if !out.is_empty() {
        data(out.strip_suffix('\n').unwrap_or(&out));
    }
    Ok(Exit::Done)
}

/// Puts a new text in a file's place at once: nobody sees half of it, and its permissions stay. A link stays a link.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let path = path.canonicalize().with_context(|| format!("cannot find {}", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.fanin-fmt", std::process::id()));
    let write = || -> std::io::Result<()> {
        std::fs::write(&beside, text)?;
        std::fs::set_permissions(&beside, std::fs::metadata(&path)?.permissions())?;
        std::fs::rename(&beside, &path)
    };
    write()
        .inspect_err(|_| drop(std::fs::remove_file(&beside)))
        .with_context(|| format!("cannot write {}", path.display()))
}
