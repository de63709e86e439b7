//! The list of checks: what was looked at, how it is, and what to do about it.

use serde::Serialize;

use crate::console::many;
use crate::show::paint::Paint;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    Ok,
    /// It works, and deserves a look.
    Warning,
    /// It does not work.
    Problem,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// Which part: `version`, `state`, `host`, `aws`, `tools`.
    pub(super) area: &'static str,
    pub(super) level: Level,
    pub(super) what: String,
    /// What to do; none when nothing is to be done.
    #[serde(rename = "do")]
    pub(super) todo: Option<String>,
}

impl Check {
    pub(super) fn ok(area: &'static str, what: impl Into<String>) -> Check {
        Check { area, level: Level::Ok, what: what.into(), todo: None }
    }

    pub(super) fn warning(area: &'static str, what: impl Into<String>, todo: impl Into<String>) -> Check {
        Check { area, level: Level::Warning, what: what.into(), todo: Some(todo.into()) }
    }

    pub(super) fn problem(area: &'static str, what: impl Into<String>, todo: impl Into<String>) -> Check {
        Check { area, level: Level::Problem, what: what.into(), todo: Some(todo.into()) }
    }
}

/// All checks, in their order.
#[derive(Debug, Default)]
pub(super) struct Report {
    checks: Vec<Check>,
}

impl Report {
    pub(super) fn add(&mut self, check: Check) {
        self.checks.push(check);
    }

    pub(super) fn add_all(&mut self, checks: Vec<Check>) {
        self.checks.extend(checks);
    }

    pub(super) fn checks(&self) -> &[Check] {
        &self.checks
    }

    pub(super) fn problems(&self) -> usize {
        self.count(Level::Problem)
    }

    fn count(&self, level: Level) -> usize {
        self.checks.iter().filter(|check| check.level == level).count()
    }

    /// For people: a head line for each area, then its checks; at the end the sum.
    pub(super) fn text(&self, paint: Paint) -> String {
        let mut text = String::new();
        let mut area = "";
        for check in &self.checks {
            if check.area != area {
                area = check.area;
                text.push_str(&paint.strong(area));
                text.push('\n');
            }
            let level = match check.level {
                Level::Ok => paint.good("ok     "),
                Level::Warning => paint.wait("warning"),
                Level::Problem => paint.bad("problem"),
            };
            text.push_str(&format!("  {level}  {}\n", check.what));
            if let Some(todo) = &check.todo {
                text.push_str(&format!("           -> {todo}\n"));
            }
        }
        text.push_str(&self.sum());
        text
    }

    fn sum(&self) -> String {
        let (problems, warnings) = (self.problems() as u64, self.count(Level::Warning) as u64);
        format!("{}, {}", counted(problems, "problem"), counted(warnings, "warning"))
    }
}

/// A number of things: `no problems`, `1 problem`, `2 problems`.
pub(super) fn counted(count: u64, word: &str) -> String {
    if count == 0 { format!("no {word}s") } else { many(count, word) }
}
