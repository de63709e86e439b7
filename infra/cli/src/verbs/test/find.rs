//! Which tests there are to play: files, their cases and the compiled workflows they name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fanin_plan::Plan;
use fanin_workflow::testfile::{self, ParsedTests, TestCase, TestFile};

use super::Test;
use crate::args::Global;
use crate::verbs::files;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<File>,
    /// What is to be played, in order.
    pub(super) jobs: Vec<Job>,
    /// Every file a change of which may change a result.
    pub(super) watched: Vec<PathBuf>,
}

/// A test file.
#[derive(Debug)]
pub(super) struct File {
    /// As it was named, or found.
    pub(super) path: PathBuf,
    pub(super) name: String,
    /// Its cases and its plan; none: the file or its workflow has mistakes, which were shown.
    pub(super) tests: Option<(TestFile, Arc<Plan>)>,
}

/// Something to play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// Its place among the files.
    pub(super) file: usize,
    /// Its place among the file's cases; none: the file has mistakes.
    pub(super) case: Option<usize>,
}

impl Found {
    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// How many files have mistakes.
    pub(super) fn broken(&self) -> usize {
        self.files.iter().filter(|file| file.tests.is_none()).count()
    }

    /// The cases to play, in order.
    pub(super) fn cases(&self) -> impl Iterator<Item = (&File, &TestCase)> {
        self.jobs.iter().filter_map(|job| {
            let (file, case, _) = self.case(*job)?;
            Some((file, case))
        })
    }

    /// A case with its file and its plan; none for a file with mistakes.
    pub(super) fn case(&self, job: Job) -> Option<(&File, &TestCase, &Plan)> {
        let file = self.files.get(job.file)?;
        let (tests, plan) = file.tests.as_ref()?;
        Some((file, tests.tests.get(job.case?)?, plan))
    }
}

/// Finds and reads test files, and compiles their workflows, each once. What is wrong with them is shown.
pub(super) fn find(global: &Global, args: &Test) -> anyhow::Result<Found> {
    find_as(global, args, testfile::parse)
}

/// As [`find()`], with another way of reading a test file.
pub(super) fn find_as(
    global: &Global,
    args: &Test,
    parse: impl Fn(&str, &str) -> ParsedTests,
) -> anyhow::Result<Found> {
    let mut found = Found::default();
    let mut plans = Plans::new();
    for path in files::find(&args.files)? {
        let text = files::read(&path)?;
        if !args.files.contains(&path) && !files::holds_tests(&text) {
            continue;
        }
        let name = shown(&path);
        let parsed = parse(&name, &text);
        files::tell(global, &text, &parsed.diagnostics);
        let tests = match parsed.file {
            Some(file) => fit(global, (&path, &name), (file, &text), (&mut plans, &mut found.watched)),
            None => None,
        };
        let place = found.files.len();
        match &tests {
            None => found.jobs.push(Job { file: place, case: None }),
            Some((file, _)) => {
                let wanted = file.tests.iter().enumerate().filter(|(_, case)| wanted(args, &case.name));
                found.jobs.extend(wanted.map(|(case, _)| Job { file: place, case: Some(case) }));
            }
        }
        found.watched.push(path.clone());
        found.files.push(File { path, name, tests });
    }
    Ok(found)
}

/// A path as people write it: without the `./` of the default directory.
fn shown(path: &Path) -> String {
    path.strip_prefix("./").unwrap_or(path).display().to_string()
}

fn wanted(args: &Test, name: &str) -> bool {
    match &args.filter {
        None => true,
        Some(text) if args.exact => name == text,
        Some(text) => name.contains(text),
    }
}

type Plans = HashMap<PathBuf, Option<Arc<Plan>>>;

/// Compiles the workflow of a test file, and compares both. None: there are mistakes, which were shown.
fn fit(
    global: &Global,
    (path, name): (&Path, &str),
    (file, text): (TestFile, &str),
    (plans, watched): (&mut Plans, &mut Vec<PathBuf>),
) -> Option<(TestFile, Arc<Plan>)> {
    let workflow = path.parent().unwrap_or(Path::new("")).join(&file.workflow);
    let workflow = PathBuf::from(shown(&workflow));
    let plan = match plans.get(&workflow) {
        Some(plan) => plan.clone(),
        None => {
            watched.push(workflow.clone());
            let plan = match files::compile(global, &workflow) {
                Ok(plan) => plan.map(Arc::new),
                Err(error) => {
                    crate::console::complain(&format!("{name}: the workflow it names: {error:#}"));
                    None
                }
            };
            plans.insert(workflow, plan.clone());
            plan
        }
    };
    let plan = plan?;
    let wrong = testfile::check(&file, name, text, &plan);
    files::tell(global, text, &wrong);
    (!files::bad(&wrong, false)).then_some((file, plan))
}
