//! A backtest as text.

use fanin_history::backtest::report::{
    BacktestReport, Change, ConditionRow, Definition, DefinitionChange, Difference, Endings, FieldChange,
    NamedRow, RuleRow, Tally, What,
};

use crate::console::{grouped, many};
use crate::show::moment::short_id;
use crate::show::paint::Paint;

/// The whole report, for people.
pub(super) fn lines(report: &BacktestReport, paint: Paint) -> Vec<String> {
    let mut lines = head(report);
    if !report.definitions.is_empty() {
        section(&mut lines, "definitions", paint);
        lines.extend(report.definitions.iter().map(|d| definition(d, paint)));
    }
    let blocks = differing(report, paint);
    if !blocks.is_empty() {
        let first = report.first_difference.as_ref().map(|at| format!(", the first at {at}"));
        section(&mut lines, &format!("differences{}", first.unwrap_or_default()), paint);
        lines.extend(blocks);
    }
    let alike = alike(report);
    if !alike.is_empty() {
        section(&mut lines, "without a difference", paint);
        lines.extend(alike);
    }
    section(&mut lines, "at the end", paint);
    lines.extend(end(report));
    let unknown = unknown(report);
    if !unknown.is_empty() {
        section(&mut lines, "to bear in mind", paint);
        lines.extend(unknown.into_iter().map(|line| format!("  {}", paint.wait(&line))));
    }
    lines.push(String::new());
    lines.push(verdict(report, paint));
    lines
}

/// Takes the examples out: they were shown before.
pub(super) fn without_examples(report: &mut BacktestReport) {
    report.conditions.iter_mut().for_each(|row| row.endings.examples.clear());
    for row in &mut report.rules {
        row.calls.examples.clear();
        row.ends.examples.clear();
    }
}

fn section(lines: &mut Vec<String>, title: &str, paint: Paint) {
    lines.push(String::new());
    lines.push(paint.strong(title));
}

fn head(report: &BacktestReport) -> Vec<String> {
    let named =
        |workflow: &str, version: &str| format!("{workflow} ({})", version.get(..8).unwrap_or(version));
    let mut old = named(&report.old.workflow, &report.old.version);
    if report.old.versions > 1 {
        old.push_str(&format!(", the last of {} versions", report.old.versions));
    }
    let mut lines =
        vec![format!("old  {old}"), format!("new  {}", named(&report.new.workflow, &report.new.version))];
    lines.push(match (&report.since, &report.until) {
        (Some(since), Some(until)) => {
            format!("{} from {since} to {until}; both versions began empty", many(report.events, "event"))
        }
        _ => "no events in this stretch of the log".to_owned(),
    });
    lines
}

fn definition(told: &Definition, paint: Paint) -> String {
    let (kind, name) = (&told.kind, &told.name);
    match told.change {
        DefinitionChange::Added => format!("  {} {kind} {name} is new", paint.good("+")),
        DefinitionChange::Removed => format!("  {} {kind} {name} is gone", paint.bad("-")),
        DefinitionChange::Renamed => {
            let was = told.was.as_deref().unwrap_or_default();
            format!("  {} {kind} {was} is called {name} now", paint.wait("~"))
        }
        DefinitionChange::Changed => {
            format!("  {} {kind} {name}: {}", paint.wait("~"), told.fields.join(", "))
        }
        DefinitionChange::EventsChanged => {
            format!("  {} {kind} {name}: the events it listens to", paint.wait("~"))
        }
    }
}

fn differing(report: &BacktestReport, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for row in report.named.iter().filter(|row| row.lost + row.gained > 0) {
        named(row, paint, &mut lines);
    }
    for row in report.conditions.iter().filter(|row| !quiet(row)) {
        condition(row, paint, &mut lines);
    }
    for row in report.rules.iter().filter(|row| !(row.calls.agrees() && row.ends.agrees())) {
        rule(row, paint, &mut lines);
    }
    for row in &report.dead {
        let (code, subject) = (&row.code, &row.subject);
        lines.push(format!("  dead letters {code} of {subject}: {} -> {}", row.old, row.new));
        lines.push(format!("    {}", row.reason));
    }
    lines
}

fn quiet(row: &ConditionRow) -> bool {
    row.endings.agrees() && row.open.only_old + row.open.only_new == 0
}

fn title(kind: &str, name: &str, renamed: Option<&str>, paint: Paint) -> String {
    let now = renamed.map(|to| format!(" (now {to})")).unwrap_or_default();
    format!("  {kind} {}{now}", paint.strong(name))
}

fn named(row: &NamedRow, paint: Paint, lines: &mut Vec<String>) {
    let title = title("event", &row.name, row.renamed_to.as_deref(), paint);
    lines.push(format!("{title}: {} -> {}", many(row.old, "event"), grouped(row.new)));
    let sides = [
        (row.lost, &row.lost_examples, paint.bad("-"), "no longer it", "not known at all any more"),
        (row.gained, &row.gained_examples, paint.good("+"), "it now", "not known at all before"),
    ];
    for (count, examples, mark, what, unknown) in sides {
        if count > 0 {
            lines.push(format!("    {} {what}", many(count, "event")));
        }
        for one in examples {
            let also = if one.unmatched { format!(" ({unknown})") } else { String::new() };
            lines.push(format!("    {mark} {} {}  {}{also}", one.at, short_id(&one.id), one.reason));
        }
    }
}

fn endings(told: Endings) -> String {
    match (told.fired, told.timed_out) {
        (fired, 0) => many(fired, "firing"),
        (0, timed_out) => many(timed_out, "timeout"),
        (fired, timed_out) => format!("{}, {}", many(fired, "firing"), many(timed_out, "timeout")),
    }
}

fn condition(row: &ConditionRow, paint: Paint, lines: &mut Vec<String>) {
    let title = title("condition", &row.name, row.renamed_to.as_deref(), paint);
    lines.push(format!("{title}: {} -> {}", endings(row.old), endings(row.new)));
    tally(&row.endings, "", paint, lines);
    let open = &row.open;
    for (count, keys, which) in
        [(open.only_old, &open.only_old_keys, "old"), (open.only_new, &open.only_new_keys, "new")]
    {
        if count > 0 {
            let more = if count > keys.len() as u64 { ", ..." } else { "" };
            let keys: Vec<String> = keys.iter().map(|key| format!("[{key}]")).collect();
            let open = many(count, "instance");
            lines.push(format!(
                "    open at the end in the {which} version alone: {open}, {}{more}",
                keys.join(" ")
            ));
        }
    }
}

fn rule(row: &RuleRow, paint: Paint, lines: &mut Vec<String>) {
    let title = title("rule", &row.name, row.renamed_to.as_deref(), paint);
    lines.push(format!("{title}: {} -> {}", many(row.old_calls, "call"), grouped(row.new_calls)));
    tally(&row.calls, "calls: ", paint, lines);
    tally(&row.ends, "how runs ended: ", paint, lines);
}

fn tally(told: &Tally, what: &str, paint: Paint, lines: &mut Vec<String>) {
    if told.agrees() {
        return;
    }
    let mut parts = Vec::new();
    for (count, words) in [
        (told.same, "the same"),
        (told.changed, "changed"),
        (told.only_old, "only in the old version"),
        (told.only_new, "only in the new version"),
    ] {
        if count > 0 {
            parts.push(format!("{} {words}", grouped(count)));
        }
    }
    let fields: Vec<String> = told.fields.iter().map(|(name, n)| format!("{name} {}", grouped(*n))).collect();
    let fields = if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
    lines.push(format!("    {what}{}{fields}", parts.join(", ")));
    lines.extend(told.examples.iter().map(|one| format!("    {}", example(one, paint))));
    for (change, count) in
        [(Change::Changed, told.changed), (Change::OnlyOld, told.only_old), (Change::OnlyNew, told.only_new)]
    {
        let shown = told.examples.iter().filter(|one| one.change == change).count() as u64;
        if count > shown && shown > 0 {
            lines.push(format!(
                "      and {} more of the kind {}",
                grouped(count - shown),
                mark(change, paint)
            ));
        }
    }
}

fn mark(change: Change, paint: Paint) -> String {
    match change {
        Change::Changed => paint.wait("~"),
        Change::OnlyOld => paint.bad("-"),
        Change::OnlyNew => paint.good("+"),
    }
}

/// `~ [job=42] fired 02:00:00Z -> timed out 03:00:00Z; count 3 -> 2`
pub(super) fn example(one: &Difference, paint: Paint) -> String {
    let key: Vec<String> = one.key.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let key = if key.is_empty() { String::new() } else { format!("[{}] ", key.join(", ")) };
    let which = match one.what {
        What::Ending if one.nth > 1 => format!("number {} ", one.nth),
        What::Call if one.nth > 1 && one.index > 0 => format!("item {} attempt {} ", one.index, one.nth),
        What::Call if one.nth > 1 => format!("attempt {} ", one.nth),
        What::Call if one.index > 0 => format!("item {} ", one.index),
        _ => String::new(),
    };
    let (old, new) = (one.old.as_ref(), one.new.as_ref());
    let what = match (old, new) {
        (Some(old), Some(new)) if old.outcome == new.outcome && old.at == new.at => {
            format!("{} {}", old.outcome, old.at)
        }
        (Some(old), Some(new)) => format!("{} {} -> {} {}", old.outcome, old.at, new.outcome, new.at),
        (Some(one), None) | (None, Some(one)) => format!("{} {}", one.outcome, one.at),
        (None, None) => String::new(),
    };
    let told = one.fields.iter().filter(|f| f.field != "at" && f.field != "outcome");
    let fields: Vec<String> = told.map(|f| format!("; {}", field(f))).collect();
    format!("{} {key}{which}{what}{}", mark(one.change, paint), fields.concat())
}

/// `count 3 -> 2`, `without part p2, with part p3`
fn field(told: &FieldChange) -> String {
    let FieldChange { field, old, new } = told;
    match (field.as_str(), old.is_empty(), new.is_empty()) {
        ("members", false, true) => format!("without {old}"),
        ("members", true, false) => format!("with {new}"),
        ("members", false, false) => format!("without {old}; with {new}"),
        _ => format!("{field} {old} -> {new}"),
    }
}

fn alike(report: &BacktestReport) -> Vec<String> {
    let mut lines = Vec::new();
    for row in report.conditions.iter().filter(|row| quiet(row)) {
        let now = row.renamed_to.as_deref().map(|to| format!(" (now {to})")).unwrap_or_default();
        lines.push(format!("  condition {}{now}: {}", row.name, endings(row.old)));
    }
    for row in report.rules.iter().filter(|row| row.calls.agrees() && row.ends.agrees()) {
        let now = row.renamed_to.as_deref().map(|to| format!(" (now {to})")).unwrap_or_default();
        lines.push(format!("  rule {}{now}: {}", row.name, many(row.old_calls, "call")));
    }
    lines
}

fn end(report: &BacktestReport) -> Vec<String> {
    let (old, new) = (&report.old, &report.new);
    let rows = [
        ("", "old".to_owned(), "new".to_owned()),
        ("open instances", grouped(old.open_instances), grouped(new.open_instances)),
        ("instances, remembered ones too", grouped(old.instances), grouped(new.instances)),
        ("runs in progress", grouped(old.open_runs), grouped(new.open_runs)),
        ("unmatched events", grouped(old.unmatched), grouped(new.unmatched)),
        ("dead letters", grouped(old.dead_letters), grouped(new.dead_letters)),
        ("size of the state", bytes(old.state_bytes), bytes(new.state_bytes)),
    ];
    rows.iter()
        .map(|(what, old, new)| format!("  {what:30} {old:>12} {new:>12}").trim_end().to_owned())
        .collect()
}

/// `12.3 KB`
fn bytes(n: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
    let of = |unit: u64| n as f64 / unit as f64;
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{:.1} KB", of(1_000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", of(1_000_000)),
        _ => format!("{:.1} GB", of(1_000_000_000)),
    }
}

/// What limits the answer.
fn unknown(report: &BacktestReport) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(from) = &report.known_from {
        lines.push(format!("the history begins at {from}: what came before is not kept any more"));
    }
    for row in &report.rules {
        let (name, answers) = (&row.name, &row.answers);
        let most = answers.unknown.max(answers.unknown_old);
        if most > 0 && answers.listened {
            let have = if most == 1 { "has" } else { "have" };
            lines.push(format!(
                "{} of rule {name} {have} no recorded answer: what follows is not known",
                many(most, "call")
            ));
        }
        if answers.other_input > 0 {
            let calls = many(answers.other_input, "call");
            lines.push(format!("{calls} of rule {name} got the recorded answer to another input"));
        }
    }
    if report.not_paired > 0 {
        let n = many(report.not_paired, "firing or call");
        lines.push(format!(
            "{n} could not be compared, the versions lie too far apart: counted as only in one of them"
        ));
    }
    if report.left_out.by_hand > 0 {
        let n = many(report.left_out.by_hand, "redrive or operation");
        lines.push(format!("{n} by hand in the log: left out"));
    }
    lines
}

fn verdict(report: &BacktestReport, paint: Paint) -> String {
    if report.same {
        return paint.good("no difference");
    }
    let rows = report.conditions.iter().map(|c| &c.endings);
    let tallies: Vec<&Tally> = rows.chain(report.rules.iter().flat_map(|r| [&r.calls, &r.ends])).collect();
    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(|tally| of(tally)).sum::<u64>();
    paint.bad(&format!(
        "different: {} changed, {} only in the old version, {} only in the new version",
        grouped(sum(|t| t.changed)),
        grouped(sum(|t| t.only_old)),
        grouped(sum(|t| t.only_new))
    ))
}
