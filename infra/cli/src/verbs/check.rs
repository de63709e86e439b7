//! `fanin check`: every mistake in workflow and test files, with its place and what to write instead.

use super::files;
use crate::args::Global;
use crate::console::{Exit, say};
use std::path::PathBuf;

/// `fanin check`
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// Workflow files, test files (`*.test.yaml`, or with a `tests:` list), or directories of such.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Warnings count as mistakes.
    #[arg(long)]
    pub(crate) strict: bool,
}

pub(crate) fn run(global: &Global, args: &Check) -> anyhow::Result<Exit> {
    let (mut checked, mut wrong) = (0, 0);
    for path in files::find(&args.files)? {
        let text = files::read(&path)?;
        let name = path.display().to_string();
        let named = args.files.contains(&path);
        let diagnostics = if files::holds_tests(&text) {
            fanin_workflow::testfile::parse(&name, &text).diagnostics
        } else if named || text.contains("version") {
            fanin_workflow::compile(&name, &text).diagnostics
        } else {
            continue;
        };
        files::show(global, &text, &diagnostics);
        checked += 1;
        wrong += usize::from(files::bad(&diagnostics, args.strict));
    }
    say(&format!("{checked} files checked, {wrong} with mistakes"));
    Ok(if wrong > 0 { Exit::No } else { Exit::Done })
}
