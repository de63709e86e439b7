//! The order in which a failing variation let its events in, and how to play it again.

use fanin_simulate::{Diagnosis, Disturbance, Happened, Played, START};
use fanin_workflow::testfile::TestCase;

use crate::show::moment::Clock;
use crate::show::paint::Paint;
use crate::verbs::test::find::{Found, Job};
use crate::verbs::test::results::{CaseResult, Outcome};
use crate::verbs::test::values::cut;

/// Arrivals shown; a longer order is cut short.
const SHOWN: usize = 60;
/// Characters of an event's captures shown in the order.
const CAPTURES: usize = 60;

/// The lines about the order; none for a case that fails as it is written.
pub(super) fn order(case: &TestCase, diagnosis: &Diagnosis, paint: Paint) -> Vec<String> {
    let Some((number, seed)) = diagnosis.report.variation else { return Vec::new() };
    let of = case.shuffle.unwrap_or(0);
    let smaller = match diagnosis.drawn {
        Some(_) => "; the smallest order that fails the same way is",
        None => "; it arrived as",
    };
    let mut lines = vec![format!(
        "{} {number} of {of}, seed {seed}{smaller}",
        paint.strong("as written it passes; it fails in variation")
    )];
    lines.extend(timeline(case, &diagnosis.report.played, paint).into_iter().map(|line| format!("  {line}")));
    lines
}

/// What arrived when and what happened to the process, one line each.
pub(in crate::verbs::test) fn timeline(case: &TestCase, played: &Played, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    let clock = Clock::since(START, played.end);
    let events = case.given.iter().map(|given| given.event.chars().count());
    let width = events.max().unwrap_or(0);
    let ids = (0..case.given.len()).map(|place| id(case, place).chars().count()).max().unwrap_or(0);
    let moments: Vec<String> = played.timeline.iter().map(|(at, _)| clock.moment(*at)).collect();
    let column = moments.iter().map(String::len).max().unwrap_or(0);
    for ((_, happened), at) in played.timeline.iter().zip(&moments).take(SHOWN) {
        lines.push(match happened {
            Happened::Arrived(arrival) => {
                let given = case.given.get(arrival.given);
                let name = given.map_or("", |given| given.event.as_str());
                let id = given
                    .and_then(|g| g.id.clone())
                    .unwrap_or_else(|| format!("given-{}", arrival.given + 1));
                let captures = given.map_or(&[][..], |given| given.captures.as_slice());
                let captures: Vec<String> = captures.iter().map(|(n, v)| format!("{n}={v}")).collect();
                let captures = cut(&captures.join(" "), CAPTURES);
                let again = if arrival.again { "  [again]" } else { "" };
                let line = format!("{at:column$}  {name:width$}  {id:ids$}  {}", paint.faint(&captures));
                format!("{}{}", line.trim_end(), paint.wait(again))
            }
            Happened::Disturbed(Disturbance::Crash) => format!("{at:column$}  {}", paint.wait("[crash]")),
            Happened::Disturbed(Disturbance::Snapshot(_)) => {
                format!("{at:column$}  {}", paint.wait("[snapshot]"))
            }
        });
    }
    if played.timeline.len() > SHOWN {
        lines.push(format!("and {} more", played.timeline.len() - SHOWN));
    }
    lines
}

/// The id of a given event.
fn id(case: &TestCase, place: usize) -> String {
    let own = case.given.get(place).and_then(|given| given.id.clone());
    own.unwrap_or_else(|| format!("given-{}", place + 1))
}

/// The command that plays a failing variation again, as the first one. None: the case fails as it is written, or passes.
pub(in crate::verbs::test) fn replay(found: &Found, result: &CaseResult) -> Option<String> {
    let Outcome::Failed(diagnosis) = &result.outcome else { return None };
    let (_, seed) = diagnosis.report.variation?;
    again(found, result.job, &format!("--seed {seed}"))
}

/// The command that plays one case again, with these options.
pub(in crate::verbs::test) fn again(found: &Found, job: Job, options: &str) -> Option<String> {
    let (file, case, _) = found.case(job)?;
    let (tests, _) = file.tests.as_ref()?;
    let alike = tests.tests.iter().filter(|other| other.name.contains(&case.name)).count();
    let exact = if alike > 1 { " --exact" } else { "" };
    Some(format!("fanin test {} --filter {}{exact} {options}", quoted(&file.name), quoted(&case.name)))
}

/// A word for the shell, in quotes where it needs them. A name always has them.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '=');
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_of_the_shell() {
        assert_eq!(quoted("a/b.test.yaml"), "a/b.test.yaml");
        assert_eq!(quoted("fires once"), "'fires once'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("$HOME"), "'$HOME'");
        assert_eq!(quoted("--x"), "'--x'");
    }
}
