//! `fanin check`: every mistake in workflow and test files, with its place and what to write instead.

mod explain;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use fanin_plan::Plan;
use fanin_workflow::testfile::{self, TestFile};
use fanin_workflow::{Diagnostic, Severity};
use serde_json::json;

use super::files;
use crate::args::{Global, Output};
use crate::console::{Exit, data, many, say};

/// How standard input is called in what is said about it.
const STDIN: &str = "<stdin>";

/// `fanin check`
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "A test file is compared with the workflow it names. A warning that is meant is silenced in the file, with a reason:\n`allow: { F080: \"orders stay open on purpose\" }`.\n\nExamples:\n  fanin check                    every workflow and test file below this directory\n  fanin check workflow.yaml -v   one file, and what is silenced in it\n  fanin check --explain F031     what a code means, with an example\n  fanin check - < workflow.yaml  standard input"
)]
pub(crate) struct Check {
    /// Files, or directories to search for workflow and test files; `-` is standard input.
    #[arg(default_value = ".")]
    pub(crate) files: Vec<PathBuf>,
    /// Warnings count as mistakes.
    #[arg(long)]
    pub(crate) strict: bool,
    /// List silenced warnings too, with their reasons.
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Print what a code means, with an example that shows it and how to mend it.
    #[arg(long, value_name = "CODE")]
    pub(crate) explain: Option<String>,
}

/// A file with what was found in it.
struct File {
    text: String,
    diagnostics: Vec<Diagnostic>,
    silenced: Vec<Diagnostic>,
}

pub(crate) fn run(global: &Global, args: &Check) -> anyhow::Result<Exit> {
    if let Some(code) = &args.explain {
        return Ok(explain::print(global, code));
    }
    let files = if args.files.iter().any(|path| path.as_os_str() == "-") {
        if args.files.len() > 1 {
            bail!("`-` stands alone: standard input, or files");
        }
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input is not UTF-8 text")?;
        vec![(PathBuf::from(STDIN), text)]
    } else {
        read(&args.files)?
    };
    let checked = check(files);
    tell(global, args, &checked);
    let count = |severity: Severity| {
        checked.iter().flat_map(|file| &file.diagnostics).filter(|d| d.severity == severity).count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let silenced = checked.iter().map(|file| file.silenced.len()).sum::<usize>();
    say(&summary(checked.len(), (errors, warnings, silenced)));
    if global.output == Output::Json {
        let diagnostics: Vec<_> = checked.iter().flat_map(all).map(files::document).collect();
        let document = json!({
            "files": checked.len(), "errors": errors, "warnings": warnings, "diagnostics": diagnostics,
        });
        data(&format!("{document:#}"));
    }
    Ok(match (checked.len(), errors + if args.strict { warnings } else { 0 }) {
        (0, _) => Exit::NotFound,
        (_, 0) => Exit::Done,
        _ => Exit::No,
    })
}

/// The files that are named, and those of ours in the directories that are.
fn read(named: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for path in files::find(named)? {
        let text = match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8(bytes),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        match text {
            Ok(text) if named.contains(&path) || files::is_ours(&text) => found.push((path, text)),
            Ok(_) => {}
            Err(_) if named.contains(&path) => bail!("{} is not UTF-8 text", path.display()),
            Err(_) => {}
        }
    }
    Ok(found)
}

/// Workflows first, for the tests are compared with them; the answers in the order of the files.
fn check(files: Vec<(PathBuf, String)>) -> Vec<File> {
    let mut workflows = Workflows::default();
    let compiled: Vec<Option<(Vec<Diagnostic>, Vec<Diagnostic>)>> = files
        .iter()
        .map(|(path, text)| (!files::holds_tests(text)).then(|| workflows.compile(path, text)))
        .collect();
    let each = |((path, text), found): ((PathBuf, String), Option<_>)| {
        let (diagnostics, silenced) = found.unwrap_or_else(|| tests(&path, &text, &mut workflows));
        File { text, diagnostics, silenced }
    };
    files.into_iter().zip(compiled).map(each).collect()
}

/// A test file, alone and against its workflow.
fn tests(path: &Path, text: &str, workflows: &mut Workflows) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
    let name = path.display().to_string();
    let parsed = testfile::parse(&name, text);
    let mut diagnostics = parsed.diagnostics;
    let Some(file) = parsed.file else { return (diagnostics, Vec::new()) };
    match workflows.of(path, &file) {
        Workflow::Plan(plan) => {
            let checked = testfile::check_all(&file, &name, text, plan);
            diagnostics.extend(checked.diagnostics);
            diagnostics.sort_by_key(|d| d.span.bytes.start);
            (diagnostics, checked.silenced)
        }
        Workflow::Shown => (diagnostics, Vec::new()),
        Workflow::Unusable(why) => {
            diagnostics.push(testfile::without_workflow(&name, text, why));
            (diagnostics, Vec::new())
        }
    }
}

/// What became of a workflow.
enum Workflow {
    Plan(Box<Plan>),
    /// Its mistakes are among what is shown.
    Shown,
    Unusable(String),
}

/// The workflows that were looked at, by their path.
#[derive(Default)]
struct Workflows(BTreeMap<PathBuf, Workflow>);

impl Workflows {
    /// Compiles one of the files; gives what is found in it, and what is silenced.
    fn compile(&mut self, path: &Path, text: &str) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let compiled = fanin_workflow::compile(&path.display().to_string(), text);
        let outcome = compiled.plan.map_or(Workflow::Shown, |plan| Workflow::Plan(Box::new(plan)));
        self.0.insert(place(path), outcome);
        (compiled.diagnostics, compiled.silenced)
    }

    /// The workflow that a test file names; read now if it is not one of the files.
    fn of(&mut self, tests: &Path, file: &TestFile) -> &Workflow {
        let path = tests.parent().unwrap_or(Path::new(".")).join(&file.workflow);
        self.0.entry(place(&path)).or_insert_with(|| match std::fs::read_to_string(&path) {
            Err(error) => Workflow::Unusable(format!("{}: {error}", path.display())),
            Ok(text) => match fanin_workflow::compile(&path.display().to_string(), &text).plan {
                Some(plan) => Workflow::Plan(Box::new(plan)),
                None => Workflow::Unusable(format!("it has mistakes; see `fanin check {}`", path.display())),
            },
        })
    }
}

/// One path for one file, however it is written.
fn place(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

fn all(file: &File) -> impl Iterator<Item = &Diagnostic> {
    file.diagnostics.iter().chain(&file.silenced)
}

fn tell(global: &Global, args: &Check, checked: &[File]) {
    for file in checked {
        match global.output {
            Output::Json => {}
            Output::Jsonl => all(file).for_each(|found| data(&files::document(found).to_string())),
            Output::Text => {
                let silenced = file.silenced.iter().filter(|_| args.verbose);
                for found in file.diagnostics.iter().chain(silenced) {
                    files::tell(global, &file.text, std::slice::from_ref(found));
                    say("");
                }
            }
        }
    }
}

fn summary(files: usize, (errors, warnings, silenced): (usize, usize, usize)) -> String {
    if files == 0 {
        return "there is no workflow or test file here; `fanin init` begins one".to_owned();
    }
    let silent = if silenced == 0 { String::new() } else { format!(" ({silenced} silenced)") };
    format!(
        "{} checked: {}, {}{silent}",
        many(files as u64, "file"),
        many(errors as u64, "error"),
        many(warnings as u64, "warning")
    )
}
