//! A result as text: one line for what passed; what differs and why for what failed.

use fanin_simulate::check::{Failure, Seen, Unlike, What};
use fanin_simulate::why::{By, Made, Why};
use fanin_simulate::{Diagnosis, START};
use fanin_workflow::testfile::{Expect, TestCase};
use serde_json::Value;

use super::find::Found;
use super::results::{CaseResult, Outcome};
use super::values::{cut, difference, flow, mapping};
use crate::show::explanation::{Look, explanation, near_misses};
use crate::show::moment::{Clock, short_id};
use crate::show::paint::Paint;

mod order;

pub(super) use order::{again, replay, timeline};

/// Things of one kind listed for one failure; further ones are given as a number.
const LISTED: usize = 8;
/// Characters of a payload shown in one line.
const PAYLOAD: usize = 160;

/// The lines about one result.
pub(super) fn tell(found: &Found, result: &CaseResult, paint: Paint) -> Vec<String> {
    let Some(file) = found.files.get(result.job.file) else { return Vec::new() };
    let name = found.case(result.job).map_or("(file)", |(_, case, _)| &case.name);
    let place = format!("{}: {name}", file.name);
    match &result.outcome {
        Outcome::Passed => vec![format!("{}     {place}", paint.good("ok"))],
        Outcome::Unplayable(why) => {
            vec![format!("{} {}", paint.bad("FAILED"), paint.strong(&place)), format!("  {why}")]
        }
        Outcome::Failed(diagnosis) => {
            let mut lines = vec![format!("{} {}", paint.bad("FAILED"), paint.strong(&place))];
            if let Some((_, case, _)) = found.case(result.job) {
                lines.extend(failures(case, diagnosis, paint).into_iter().map(indent));
                lines.extend(order::order(case, diagnosis, paint).into_iter().map(indent));
                if let Some(command) = replay(found, result) {
                    lines.push(format!("  {}", paint.strong("again with")));
                    lines.push(format!("    {command}"));
                }
            }
            lines
        }
    }
}

fn indent(line: String) -> String {
    format!("  {line}")
}

/// Every failure with what differs and why, then what died.
fn failures(case: &TestCase, diagnosis: &Diagnosis, paint: Paint) -> Vec<String> {
    let look = Look { paint, clock: Clock::since(START, diagnosis.report.played.end) };
    let teller = Teller { case, look };
    let mut lines = Vec::new();
    for (index, failure) in diagnosis.report.failures.iter().enumerate() {
        lines.extend(teller.failure(failure));
        if let Some(why) = diagnosis.whys.get(index) {
            lines.extend(teller.why(why).into_iter().map(indent));
        }
    }
    for letter in diagnosis.report.played.dead.iter().take(LISTED) {
        let at = look.clock.moment(letter.at);
        lines.push(format!("{} {at}  {}: {}", paint.bad("dead letter"), letter.code, letter.reason));
    }
    lines
}

struct Teller<'a> {
    case: &'a TestCase,
    look: Look,
}

impl Teller<'_> {
    fn failure(&self, failure: &Failure) -> Vec<String> {
        let paint = self.look.paint;
        let subject = paint.strong(&failure.subject.to_string());
        match &failure.what {
            What::Torn => vec![format!("{subject}: {}", failure.message)],
            What::Never { seen } => {
                let mut lines = vec![format!("{subject}: must never come, came {}", times(seen.len()))];
                lines.extend(seen.iter().take(LISTED).map(|one| format!("  {}", self.got(one))));
                lines.extend(more(seen.len()));
                lines
            }
            What::Unlike(unlike) => {
                let mut lines = vec![format!("{subject}: {}", counts(unlike))];
                for unmet in unlike.unmet.iter().take(LISTED) {
                    let line = self.line_of(unmet.entry);
                    lines.push(format!("  expected  {}{line}", paint.good(&mapping(&unmet.wanted))));
                    if let Some((index, differences)) = &unmet.nearest
                        && let Some(one) = unlike.seen.get(*index)
                    {
                        lines.push(format!("  nearest   {}", self.sighting(one)));
                        let each = differences.iter().take(LISTED).flat_map(|d| difference(d, paint));
                        lines.extend(each.map(|line| format!("    {line}")));
                    }
                }
                lines.extend(more(unlike.unmet.len()));
                let odd = unlike.surplus.iter().filter_map(|index| unlike.seen.get(*index));
                lines.extend(odd.take(LISTED).map(|one| format!("  {}, not expected", self.got(one))));
                lines.extend(more(unlike.surplus.len()));
                lines
            }
        }
    }

    /// `   (line 12)`: where the expectation stands.
    fn line_of(&self, entry: usize) -> String {
        let span = match self.case.expect.get(entry) {
            Some(Expect::Event { span, .. } | Expect::Invoke { span, .. }) => span,
            None => return String::new(),
        };
        self.look.paint.faint(&format!("   (line {})", span.line))
    }

    fn got(&self, seen: &Seen) -> String {
        format!("came      {}", self.sighting(seen))
    }

    /// `+2ms  { job: "42", count: 2, round: 1 }`
    fn sighting(&self, seen: &Seen) -> String {
        let at = self.look.clock.moment(seen.at);
        if let Some(attempt) = seen.attempt {
            let attempt = if attempt > 1 { format!("attempt {attempt} with ") } else { "with ".to_owned() };
            return format!("{at}  {attempt}{}", cut(&flow(&seen.fields), PAYLOAD));
        }
        let mut shown = serde_json::Map::new();
        for (name, value) in &seen.captures {
            shown.insert(name.clone(), Value::from(value.as_str()));
        }
        for field in ["count", "round", "reason", "missing", "failed", "error", "cause", "result"] {
            if let Some(value) = seen.fields.get(field) {
                shown.entry(field).or_insert_with(|| value.clone());
            }
        }
        format!("{at}  {}", mapping(&shown))
    }

    fn why(&self, why: &Why) -> Vec<String> {
        let paint = self.look.paint;
        let mut lines: Vec<String> = why.notes.iter().map(|note| paint.wait(note)).collect();
        for told in &why.told {
            lines.extend(explanation(told, self.look));
        }
        if !why.uncounted.is_empty() {
            lines.push(paint.strong("came and did not count"));
            let each = why.uncounted.iter().map(|one| {
                let at = self.look.clock.moment(one.at);
                format!("  event {}  {} at {at}: {}", short_id(&one.id), one.name, one.reason)
            });
            lines.extend(each);
        }
        let near: Vec<(String, String)> =
            why.near.iter().map(|n| (n.id.clone(), format!("is no `{}`: {}", n.name, n.reason))).collect();
        lines.extend(near_misses("near misses among the given events", &near, self.look));
        for made in &why.made {
            lines.extend(self.made(made));
        }
        lines
    }

    fn made(&self, made: &Made) -> Vec<String> {
        let paint = self.look.paint;
        let at = self.look.clock.moment(made.at);
        let by = match &made.by {
            By::Event => "came of".to_owned(),
            By::Time => "came of time, after".to_owned(),
            By::Rule(rule) => format!("came by the rule `{rule}`, of"),
        };
        let mut lines = vec![format!("{} at {at} {by}", paint.strong(&made.what))];
        let width = made.of.iter().map(|link| link.name.chars().count()).max().unwrap_or(0);
        for link in &made.of {
            let (name, at) = (&link.name, self.look.clock.moment(link.at));
            lines.push(format!("  {name:width$}  seen {at}  event {}", short_id(&link.id)));
        }
        lines
    }
}

/// `expected 3, got 2`
fn counts(unlike: &Unlike) -> String {
    let (expected, got) = (unlike.expected, unlike.seen.len());
    if got == 0 {
        return format!("expected {expected}, got none");
    }
    if expected == got {
        let differ = unlike.unmet.len();
        return match (expected, differ) {
            (1, _) => "expected 1, got 1 that differs".to_owned(),
            (_, 1) => format!("expected {expected}, got {got}, of which 1 differs"),
            _ => format!("expected {expected}, got {got}, of which {differ} differ"),
        };
    }
    format!("expected {expected}, got {got}")
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn more(count: usize) -> Option<String> {
    (count > LISTED).then(|| format!("  and {} more", count - LISTED))
}
