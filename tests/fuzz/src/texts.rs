//! What people write: workflows, tests, captures, paths, templates.

use fanin_event::Template;
use fanin_rule::{Path, PayloadTemplate};
use fanin_workflow::{Compiled, Diagnostic, compile, fmt, testfile};
use serde_json::{Value, json};

/// Longer texts are only slow: the limits have their own tests.
const LONGEST: usize = 16 * 1024;

/// A workflow in YAML.
pub(crate) fn workflow_yaml(input: &[u8]) {
    workflow("fuzz.yaml", input);
}

/// A workflow in JSON.
pub(crate) fn workflow_json(input: &[u8]) {
    workflow("fuzz.json", input);
}

fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok().filter(|text| text.len() <= LONGEST)
}

fn workflow(file: &str, input: &[u8]) {
    let Some(text) = text(input) else { return };
    let compiled = compile(file, text);
    assert_eq!(compiled, compile(file, text), "the same text, the same answer");
    assert_eq!(compiled.plan.is_none(), compiled.errors().next().is_some(), "a plan or an error");
    explained(&compiled.diagnostics, text);
    let Ok(formatted) = fmt::format(file, text) else {
        assert!(compiled.plan.is_none(), "what compiles can be formatted");
        return;
    };
    let again = fmt::format(file, &formatted).expect("what was formatted can be read");
    assert_eq!(again, formatted, "formatting twice changes nothing");
    let Compiled { plan, .. } = compile(file, &formatted);
    assert_eq!(plan, compiled.plan, "formatting does not change the meaning");
}

fn explained(diagnostics: &[Diagnostic], text: &str) {
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.is_empty(), "a diagnostic says what is wrong");
        assert!(diagnostic.span.bytes.end <= text.len() + 1, "a place in the text");
    }
}

/// A file of tests.
pub(crate) fn test_file(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let parsed = testfile::parse("fuzz.test.yaml", text);
    assert_eq!(parsed, testfile::parse("fuzz.test.yaml", text), "the same text, the same answer");
    explained(&parsed.diagnostics, text);
}

/// A line is a capture, the rest a text it is to read.
pub(crate) fn capture(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(template) = Template::parse(first) else { return };
    assert_eq!(Template::parse(template.text()).as_ref(), Ok(&template), "its text is its meaning");
    let Some(values) = template.read(rest) else { return };
    assert_eq!(values.len(), template.names().len(), "a value for each name");
    let value = |name: &str| {
        let at = template.names().iter().position(|known| &**known == name)?;
        values.get(at).copied()
    };
    assert_eq!(template.fill(value).as_deref(), Ok(rest), "what was read fills the same text");
}

/// A line is a path, the rest the document it is looked up in.
pub(crate) fn json_path(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(path) = Path::compile(first) else { return };
    let document: Value =
        serde_json::from_str(rest).unwrap_or_else(|_| json!({ "a": [1, { "b": "c" }], "d": null }));
    assert_eq!(path.find(&document), path.find(&document), "the same document, the same value");
}

/// A line is a template, the next an event, the last a context.
pub(crate) fn payload_template(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let mut lines = text.splitn(3, '\n').map(|line| serde_json::from_str::<Value>(line).unwrap_or_default());
    let mut line = || lines.next().unwrap_or_default();
    let (template, event, context) = (line(), line(), line());
    let template = match PayloadTemplate::compile(&template) {
        Ok(template) => template,
        Err(error) => return assert!(!error.message.is_empty(), "an error says what is wrong"),
    };
    let rendered = template.render(&event, &context);
    assert_eq!(rendered, template.render(&event, &context), "the same event, the same payload");
    if let Err(failure) = rendered {
        assert!(failure.error.starts_with("States.") && !failure.message.is_empty(), "{failure:?}");
    }
}
