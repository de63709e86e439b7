//! How outcomes vary, for people: what differs, the fewest events that show it, and how to see it again.

use fanin_simulate::fuzz::{Cause, Finding, How, Thing};
use fanin_workflow::testfile::TestCase;
use serde_json::Value;

use super::super::find::Found;
use super::super::text::{again, timeline};
use super::super::values::{cut, flow};
use super::{Totals, Tried, Verdict};
use crate::show::paint::Paint;

/// Things that came which are shown of one finding.
const LISTED: usize = 8;
/// Characters of one of them.
const LONGEST: usize = 240;

/// The lines about one case.
pub(super) fn tell(found: &Found, result: &Tried, paint: Paint) -> Vec<String> {
    let Some(file) = found.files.get(result.job.file) else { return Vec::new() };
    let name = found.case(result.job).map_or("(file)", |(_, case, _)| &case.name);
    let place = format!("{}: {name}", file.name);
    let head = match result.verdict() {
        Verdict::Same => format!("{}     {place}", paint.good("same")),
        Verdict::Meant => format!("{}    {place}", paint.wait("meant")),
        Verdict::Depends => format!("{}  {}", paint.bad("DEPENDS"), paint.strong(&place)),
        Verdict::Unplayable => format!("{}   {}", paint.bad("FAILED"), paint.strong(&place)),
    };
    let mut lines = vec![head];
    match (&result.fuzzed, found.case(result.job)) {
        (Err(why), _) => lines.push(format!("  {why}")),
        (Ok(fuzzed), Some((_, case, _))) => {
            for finding in &fuzzed.findings {
                lines.extend(of(case, finding, fuzzed.variations, paint));
                let (_, seed) = finding.first;
                if let Some(command) = again(found, result.job, &format!("--fuzz 1 --seed {seed}")) {
                    lines.push(format!("    again with {command}"));
                }
            }
        }
        _ => {}
    }
    lines
}

/// `3 tests, 600 variations, 812 plays in 0.41 s, from seed 7 on`
pub(super) fn summary(totals: &Totals, stopped: bool) -> String {
    let tests = totals.same + totals.meant + totals.bad();
    let mut line = format!(
        "{tests} test{}, {} variations, {} plays in {:.2} s, from seed {} on",
        if tests == 1 { "" } else { "s" },
        totals.variations,
        totals.plays,
        totals.seconds,
        totals.seed
    );
    if stopped {
        line.push_str("; stopped at the first that depends");
    }
    line
}

fn of(case: &TestCase, finding: &Finding, variations: u32, paint: Paint) -> Vec<String> {
    let mut lines = vec![format!("  {}", paint.strong(&headline(finding)))];
    if let Some(meaning) = &finding.meaning {
        lines.push(format!("    this is meant: {}", meaning.says));
    }
    let (number, seed) = finding.first;
    let others = match finding.times {
        1 => String::new(),
        2 => ", and in another one".to_owned(),
        times => format!(", and in {} others", times - 1),
    };
    lines.push("    as written".to_owned());
    lines.extend(timeline(case, &finding.written, paint).into_iter().map(|line| format!("      {line}")));
    lines.extend(came(&finding.changed.written, finding.changed.counts.0, paint));
    lines.push(format!("    as in variation {number} of {variations}, seed {seed}{others}"));
    lines.extend(timeline(case, &finding.varied, paint).into_iter().map(|line| format!("      {line}")));
    lines.extend(came(&finding.changed.varied, finding.changed.counts.1, paint));
    lines
}

/// ``how many firings of `joined` there are depends on the order of events``
fn headline(finding: &Finding) -> String {
    let what = match &finding.changed.thing {
        Thing::Firing(name) => format!("firings of `{name}`"),
        Thing::Call(rule) => format!("calls of the rule `{rule}`"),
        Thing::Completion(name) => format!("events `{name}`"),
        Thing::Dead(code) => format!("dead letters `{code}`"),
    };
    let how = match finding.changed.how {
        How::Number => "how many",
        How::Content => "what is in the",
        How::ListOrder => "the order of lists in the",
    };
    let causes: Vec<&str> = finding.causes.iter().map(|cause| word(*cause)).collect();
    let causes = if causes.is_empty() { "the variation".to_owned() } else { causes.join(" and ") };
    match finding.changed.how {
        How::Number => format!("{how} {what} there are depends on {causes}"),
        _ => format!("{how} {what} depends on {causes}"),
    }
}

fn word(cause: Cause) -> &'static str {
    match cause {
        Cause::Order => "the order of events",
        Cause::Duplicates => "events that come again",
        Cause::Delays => "how late events come",
        Cause::Crashes => "crashes",
    }
}

fn came(values: &[Value], count: usize, paint: Paint) -> Vec<String> {
    if values.is_empty() {
        let what = if count == 0 { "none" } else { "nothing that the other has not" };
        return vec![format!("      {}  {what}", paint.faint("->"))];
    }
    let each = values
        .iter()
        .take(LISTED)
        .map(|v| format!("      {}  {}", paint.faint("->"), cut(&flow(v), LONGEST)));
    let mut lines: Vec<String> = each.collect();
    if values.len() > LISTED {
        lines.push(format!("      {}  and {} more", paint.faint("->"), values.len() - LISTED));
    }
    lines
}
