//! An event: how it is recognized and what is captured of it.

use std::sync::Arc;

use fanin_event::{CapturePart, CaptureRule, EventDefinition, Template, Timestamp, capture_names};
use fanin_triggers::schedule;

use super::pattern;
use crate::analysis::{aws, fits};
use crate::codes;
use crate::read::{At, Fields, text, wrong_type};
use crate::report::{Mistake, Report};
use crate::tree::{Node, Place, Value};

const KEYS: [&str; 5] = ["s3", "match", "schedule", "capture", "allow"];
/// Bytes of the key of an object, by S3.
const MAX_KEY_BYTES: usize = 1_024;
const FORMS: [&str; 3] = ["s3", "match", "schedule"];

/// An event, as far as it could be read.
#[derive(Debug)]
pub(crate) struct EventDraft {
    pub(crate) name: At<Arc<str>>,
    pub(crate) definition: Option<EventDefinition>,
    /// Names of its captures; nothing when they could not be read.
    pub(crate) captures: Option<Vec<Arc<str>>>,
    /// When the clock brings it.
    pub(crate) schedule: Option<String>,
}

/// Reads an event of the workflow.
pub(crate) fn read(name: At<Arc<str>>, node: &Node, workflow: &str, report: &mut Report<'_>) -> EventDraft {
    let mut draft = EventDraft { name, definition: None, captures: None, schedule: None };
    let what = format!("the event `{}`", draft.name.value);
    let Some(fields) = Fields::of(node, (&what, draft.name.place), &KEYS, report) else { return draft };
    let forms = fields.present(&FORMS);
    let captures = captures(&what, &fields, report);
    let (form, rest) = match forms.as_slice() {
        [form] => (form.key.as_str(), &form.value),
        [] if fields.misspelled(&FORMS) => return draft,
        [] => {
            let mistake = Mistake::new(
                codes::EVENT_FORM,
                draft.name.place,
                format!("{what} does not say how it is recognized"),
            );
            report.add(mistake.help("give it one of `s3: \"bucket/key-{name}\"`, `match: { source: [...] }` or `schedule: rate(5 minutes)`"));
            return draft;
        }
        [_, second, ..] => {
            let keys = crate::suggest::list(forms.iter().map(|e| e.key.as_str()));
            let mistake = Mistake::new(
                codes::EVENT_FORM,
                second.place,
                format!("{what} is recognized in more than one way: {keys}"),
            );
            report.add(
                mistake.help("keep one; an event with two forms is two events, joined by a condition `any`"),
            );
            return draft;
        }
    };
    let (pattern, mut rules) = match form {
        "s3" => match upload(&what, rest, report) {
            Some((pattern, rule)) => (Some(pattern), Some(vec![rule])),
            None => (None, None),
        },
        "match" => {
            let pattern = pattern::read(&what, rest, report);
            if let (Some(_), Some(Node { value: Value::Map(paths), .. })) = (&pattern, fields.get("capture"))
            {
                fits::check(&what, rest, paths, report);
            }
            (pattern, Some(Vec::new()))
        }
        _ => match scheduled(&what, rest, report) {
            Some(expression) => {
                draft.schedule = Some(expression);
                (Some(schedule_pattern(workflow, &draft.name.value)), Some(Vec::new()))
            }
            None => (None, None),
        },
    };
    match (&mut rules, captures) {
        (Some(rules), Some(more)) => rules.extend(more),
        _ => rules = None,
    }
    let Some(rules) = rules else { return draft };
    let definition = EventDefinition {
        name: draft.name.value.clone(),
        pattern: pattern.clone().unwrap_or_default(),
        captures: rules,
    };
    match capture_names(&definition) {
        Ok(names) => draft.captures = Some(names),
        Err(error) => report.add(
            Mistake::new(codes::BAD_CAPTURE, draft.name.place, format!("{what}: {}", error.message))
                .help(error.help),
        ),
    }
    draft.definition = pattern.map(|_| definition);
    draft
}

/// The `capture` mapping; nothing when it has a mistake.
fn captures(what: &str, fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Vec<CaptureRule>> {
    let Some(node) = fields.get("capture") else { return Some(Vec::new()) };
    let Value::Map(entries) = &node.value else {
        let help =
            "write `capture: { $.detail.id: \"{order}\" }`: where it stands, and a template that names it";
        wrong_type(
            node,
            &format!("`capture` of {what}"),
            "a mapping of paths to templates",
            report,
            Some(help),
        );
        return None;
    };
    let mut rules = Vec::with_capacity(entries.len());
    let mut whole = true;
    for entry in entries {
        let template = text(&entry.value, &format!("the template of `{}`", entry.key), report);
        let rule = template.map(|t| CaptureRule { path: entry.key.clone(), template: t.value.to_owned() });
        match rule.filter(|rule| valid(rule, (entry.place, entry.value.place), report)) {
            Some(rule) => rules.push(rule),
            None => whole = false,
        }
    }
    whole.then_some(rules)
}

/// Checks one capture alone, so that its place is known.
fn valid(rule: &CaptureRule, (path, template): (Place, Place), report: &mut Report<'_>) -> bool {
    let alone = EventDefinition { name: "".into(), pattern: String::new(), captures: vec![rule.clone()] };
    let Err(error) = capture_names(&alone) else { return true };
    let place = match error.part {
        CapturePart::Path => report.within(path, &rule.path, error.offset),
        CapturePart::Template => report.within(template, &rule.template, error.offset),
    };
    report.add(Mistake::new(codes::BAD_CAPTURE, place, error.message).help(error.help));
    false
}

/// `bucket/key-template`: the pattern of the bucket's uploads and the capture of the key.
fn upload(what: &str, node: &Node, report: &mut Report<'_>) -> Option<(String, CaptureRule)> {
    let written = text(node, &format!("`s3` of {what}"), report)?;
    let bad = |offset: usize, message: String, help: &str, report: &Report<'_>| {
        let place = report.within(written.place, written.value, offset);
        Mistake::new(codes::BAD_S3, place, message).help(help)
    };
    let form = "write the bucket, a slash and the key's template: \"uploads/jobs/{job}/part-{part}.csv\"";
    let Some((bucket, key)) = written.value.split_once('/').filter(|(b, k)| !b.is_empty() && !k.is_empty())
    else {
        let mistake =
            bad(written.value.len(), format!("`{}` is not a bucket and a key", written.value), form, report);
        report.add(mistake);
        return None;
    };
    if let Some(at) =
        bucket.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_')))
    {
        let help = if written.value.starts_with("s3:") {
            "leave out `s3://`; write bucket, slash, key"
        } else {
            "a bucket's name has small letters, digits, `.` and `-`; only the key may have `{names}`"
        };
        let mistake = bad(at, format!("`{bucket}` is not the name of a bucket"), help, report);
        report.add(mistake);
        return None;
    }
    let rule = CaptureRule { path: "$.detail.object.key".to_owned(), template: key.to_owned() };
    let alone = EventDefinition { name: "".into(), pattern: String::new(), captures: vec![rule.clone()] };
    if let Err(error) = capture_names(&alone) {
        let mistake = bad(bucket.len() + 1 + error.offset, error.message, &error.help, report);
        report.add(mistake);
        return None;
    }
    aws::bucket_name(bucket, written.place, report);
    odd_key(what, written.place, (bucket, key), report);
    let pattern = serde_json::json!({
        "source": ["aws.s3"], "detail-type": ["Object Created"], "detail": { "bucket": { "name": [bucket] } },
    });
    Some((pattern.to_string(), rule))
}

/// Bytes of the shortest key that fits a template.
fn shortest(template: &str) -> Option<usize> {
    Template::parse(template).ok()?.fill(|_| Some("x")).ok().map(|key| key.len())
}

/// Keys that the wrong slash makes: only a folder's own marker ends in one, and hardly any key begins with one.
fn odd_key(what: &str, place: Place, (bucket, key): (&str, &str), report: &mut Report<'_>) {
    let (message, help) = if key.ends_with('/') {
        let message =
            format!("{what} is only an upload whose key ends in `/`: the marker of a folder, no file in it");
        let folder = format!("{bucket}/{key}");
        (
            message,
            format!("name the file: \"{folder}{{file}}\", or with folders below it \"{folder}{{path...}}\""),
        )
    } else if key.starts_with('/') {
        let message = format!("{what} is only an upload whose key begins with `/`, which is rare");
        (
            message,
            format!("write one slash between bucket and key: \"{bucket}/{}\"", key.trim_start_matches('/')),
        )
    } else if let Some(shortest) = shortest(key).filter(|length| *length > MAX_KEY_BYTES) {
        let message = format!(
            "{what} is only an upload whose key has {shortest} bytes or more; S3 takes {MAX_KEY_BYTES}"
        );
        (message, "shorten the template".to_owned())
    } else {
        return;
    };
    report.add(Mistake::new(codes::ODD_KEY, place, message).help(help));
}

fn scheduled(what: &str, node: &Node, report: &mut Report<'_>) -> Option<String> {
    let written = text(node, &format!("`schedule` of {what}"), report)?;
    match schedule::Schedule::parse(written.value) {
        Ok(read) => {
            if read.next_after(Timestamp(0)).is_none() {
                let message = format!("{what} never happens: no day fits `{}`", written.value.trim());
                let help = "a day such as the 30th of February does not exist; mend day, month or year";
                report.add(Mistake::new(codes::NEVER_DUE, written.place, message).help(help));
            }
            Some(written.value.trim().to_owned())
        }
        Err(error) => {
            let help = "write rate(5 minutes), or cron(minutes hours day-of-month month day-of-week year) such as \
                        cron(0 12 * * ? *) for every noon; times are UTC";
            report.add(Mistake::new(codes::BAD_SCHEDULE, written.place, error.to_string()).help(help));
            None
        }
    }
}

/// The pattern of the ticks of one event.
fn schedule_pattern(workflow: &str, name: &str) -> String {
    serde_json::json!({
        "source": [schedule::SOURCE], "detail-type": [schedule::DETAIL_TYPE], "resources": [format!("{workflow}/{name}")],
    })
    .to_string()
}
