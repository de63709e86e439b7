//! Finding, reading and compiling the files a command names; showing what is wrong with them.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use fanin_plan::Plan;
use fanin_workflow::{Diagnostic, Severity, Style};
use serde_json::json;

use crate::args::Global;
use crate::console::{coloured, say};

/// Directories below a named one are searched so deep.
const DEPTH: usize = 8;

/// Reads a file as text.
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Compiles a workflow file and shows what is wrong with it. None: it has mistakes.
pub(crate) fn compile(global: &Global, path: &Path) -> anyhow::Result<Option<Plan>> {
    let text = read(path)?;
    let compiled = fanin_workflow::compile(&path.display().to_string(), &text);
    tell(global, &text, &compiled.diagnostics);
    Ok(compiled.plan)
}

/// Tells diagnostics to people: for verbs whose data is something else.
pub(crate) fn tell(global: &Global, text: &str, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        say(fanin_workflow::render(diagnostic, text, style(global)).trim_end());
    }
}

/// How diagnostics are shown.
pub(crate) fn style(global: &Global) -> Style {
    if coloured(global) { Style::Coloured } else { Style::Plain }
}

/// A diagnostic for programs.
pub(crate) fn document(d: &Diagnostic) -> serde_json::Value {
    let severity = if d.severity == Severity::Error { "error" } else { "warning" };
    json!({
        "code": d.code, "severity": severity, "file": &*d.file, "line": d.span.line, "column": d.span.column,
        "length": d.span.length, "message": d.message, "help": d.help, "notes": d.notes, "silenced": d.silenced.as_deref(),
    })
}

/// Whether one of them is an error; with `strict`, whether there is any.
pub(crate) fn bad(diagnostics: &[Diagnostic], strict: bool) -> bool {
    diagnostics.iter().any(|d| strict || d.severity == Severity::Error)
}

/// Whether a file holds tests: by its text, since the name is free.
pub(crate) fn holds_tests(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("tests:") || line.trim_start().starts_with("\"tests\""))
}

/// Whether a file that was found, not named, is a workflow or a test file: other people's YAML is left alone.
pub(crate) fn is_ours(text: &str) -> bool {
    let key = |name: &str| {
        let quoted = format!("\"{name}\"");
        text.lines().any(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':'))
                || line.trim_start_matches(['{', ' ', '\t']).starts_with(&quoted)
        })
    };
    key("tests") && key("workflow") || key("events") && (key("version") || key("conditions") || key("rules"))
}

/// The YAML and JSON files that `named` stands for: files as they are, directories searched.
pub(crate) fn find(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in named {
        if path.is_dir() {
            search(path, DEPTH, &mut files)?;
        } else if path.exists() {
            files.push(path.clone());
        } else {
            bail!("there is no file {}", path.display());
        }
    }
    Ok(files)
}

fn search(dir: &Path, depth: usize, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut paths = entries.map(|e| Ok(e?.path())).collect::<anyhow::Result<Vec<PathBuf>>>()?;
    paths.sort();
    for path in paths {
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if path.is_dir() {
            if depth > 0 && !hidden {
                search(&path, depth - 1, files)?;
            }
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json") {
            files.push(path);
        }
    }
    Ok(())
}
