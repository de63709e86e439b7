//! Which tests there are to play: files, their cases and the compiled workflows they name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fanin_plan::Plan;
use fanin_workflow::testfile::{self, TestCase, TestFile};

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
    let mut found = Found::default();
    let mut plans: HashMap<PathBuf, Option<Arc<Plan>>> = HashMap::new();
    for path in files::find(&args.files)? {
        let text = files::read(&path)?;
        if !args.files.contains(&path) && !files::holds_tests(&text) {
            continue;
        }
        let name = shown(&path);
        let tests = read(global, (&path, &name), &text, (&mut plans, &mut found.watched))?;
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

/// Reads one test file. None: it or its workflow has mistakes.
fn read(
    global: &Global,
    (path, name): (&Path, &str),
    text: &str,
    (plans, watched): (&mut Plans, &mut Vec<PathBuf>),
) -> anyhow::Result<Option<(TestFile, Arc<Plan>)>> {
    let parsed = testfile::parse(name, text);
    files::tell(global, text, &parsed.diagnostics);
    let Some(file) = parsed.file else { return Ok(None) };
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
    let Some(plan) = plan else { return Ok(None) };
    let wrong = testfile::check(&file, name, text, &plan);
    files::tell(global, text, &wrong);
    Ok((!files::bad(&wrong, false)).then_some((file, plan)))
}
