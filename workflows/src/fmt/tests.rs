//! What holds for every file of the project and for any damage to its spacing: nothing is lost, and once is enough.

use std::path::{Path, PathBuf};

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::sample::{Index, select};

use super::{again, format, formatted, json, order, read, same};
use crate::tree;

/// Every file of examples, scenarios and diagnostics that can be read.
fn corpus() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = [
        "examples",
        "tests/scenarios",
        "workflows/tests/diagnostics",
        "workflows/tests/plans",
        "workflows/tests/fmt",
    ];
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        let name = path.display().to_string();
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else if name.ends_with(".yaml") || name.ends_with("workflow.json") {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            if again(&name, text.trim_start_matches('\u{feff}')).is_some() {
                found.push((name, text.trim_start_matches('\u{feff}').to_owned()));
            }
        }
    }
    found.sort();
    found
}

fn is_group(node: &tree::Node) -> bool {
    matches!(node.value, tree::Value::List(_) | tree::Value::Map(_))
}

/// The comments as somebody sees them who knows only quotes and `#`.
fn comments(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut quote = None;
        let mut before = ' ';
        for (at, c) in line.char_indices() {
            match quote {
                Some(q) if q == c => quote = None,
                None if c == '#' && before.is_whitespace() => {
                    found.push(line[at..].trim_end().to_owned());
                    break;
                }
                None if (c == '"' || c == '\'') && " [{,:".contains(before) => quote = Some(c),
                _ => {}
            }
            before = c;
        }
    }
    found.sort();
    found
}

/// Formats, and holds the outcome to what was promised.
fn held(name: &str, text: &str) -> Option<String> {
    let before = again(name, text)?;
    if !is_group(&before) {
        return None;
    }
    let out =
        formatted(name, text, &before).unwrap_or_else(|| panic!("{name} could not be laid out:\n{text}"));
    assert_eq!(format(name, text).unwrap(), out);
    assert_eq!(format(name, &out).unwrap(), out, "{name}: once more");
    assert!(same(&before, &again(name, &out).unwrap()), "{name}: values\n{out}");
    let blocks =
        text.lines().any(|line| line.trim_end().ends_with(['|', '>', '+', '\\']) || line.contains("|2"));
    if !blocks {
        assert_eq!(comments(text), comments(&out), "{name}: comments");
        assert!(
            out.lines().all(|line| line.trim_end() == line),
            "{name}: blanks at the end of a line\n{out}"
        );
    }
    assert!(out.ends_with('\n') && !out.ends_with("\n\n") || blocks, "{name}: the end");
    Some(out)
}

#[test]
fn nothing_is_lost_in_any_file_of_the_project() {
    let corpus = corpus();
    assert!(corpus.len() > 100, "{} files", corpus.len());
    for (name, text) in &corpus {
        let Some(out) = held(name, text) else { continue };
        let (before, after) = (crate::compile(name, text), crate::compile(name, &out));
        assert_eq!(before.plan, after.plan, "{name}: the plan");
        let codes = |found: &crate::Compiled| {
            let mut codes: Vec<_> = found.diagnostics.iter().map(|d| (d.code, d.message.clone())).collect();
            codes.sort();
            codes
        };
        if !text.contains("\ntests:") && before.diagnostics.iter().all(|d| !d.message.contains("twice")) {
            assert_eq!(codes(&before).len(), codes(&after).len(), "{name}: diagnostics\n{out}");
        }
        let tests = |text: &str| {
            crate::testfile::parse(name, text).file.map(|mut file| {
                for case in &mut file.tests {
                    case.span = crate::SourceSpan { line: 0, column: 0, length: 0, bytes: 0..0 };
                    case.given.iter_mut().for_each(|given| given.span = case.span.clone());
                }
                file.tests
                    .into_iter()
                    .map(|t| (t.name, t.given, t.wait, t.shuffle, t.expect.len(), t.never.len()))
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(tests(text), tests(&out), "{name}: the tests");
    }
}

#[test]
fn the_examples_are_formatted() {
    let examples = corpus().into_iter().filter(|(name, _)| name.contains("/examples/"));
    let wrong: Vec<String> = examples
        .filter(|(name, text)| format(name, text).as_ref() != Ok(text))
        .map(|(name, _)| name)
        .collect();
    assert!(wrong.is_empty(), "run `fanin fmt examples`: {wrong:?}");
}

/// Damage to the layout.
#[derive(Clone, Debug)]
enum Damage {
    /// Blanks where blanks are.
    Blanks(usize),
    /// Blanks around brackets and commas.
    Around(usize),
    /// A blank line.
    Line,
    /// A comment on a line of its own, so far indented.
    Comment(usize),
    /// A comment behind a line.
    Beside(usize),
    /// Blanks at the end of a line.
    Trailing(usize),
    /// Every indentation doubled.
    Deeper,
    /// The line end of DOS.
    Dos,
}

fn damage() -> impl Strategy<Value = Vec<(Index, Damage)>> {
    let one = prop_oneof![
        4 => (1..5_usize).prop_map(Damage::Blanks),
        4 => (0..3_usize).prop_map(Damage::Around),
        3 => Just(Damage::Line),
        3 => (0..9_usize).prop_map(Damage::Comment),
        3 => (1..6_usize).prop_map(Damage::Beside),
        2 => (1..4_usize).prop_map(Damage::Trailing),
        1 => Just(Damage::Deeper),
        1 => Just(Damage::Dos),
    ];
    proptest::collection::vec((any::<Index>(), one), 1..12)
}

fn damaged(text: &str, damages: &[(Index, Damage)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (at, damage) in damages {
        let at = at.index(lines.len().max(1));
        let Some(line) = lines.get(at).cloned() else { continue };
        let lead = line.len() - line.trim_start().len();
        match damage {
            Damage::Blanks(n) => {
                lines[at] = line[..lead].to_owned() + &line[lead..].replacen(' ', &" ".repeat(*n), 2)
            }
            Damage::Around(n) => {
                let blanks = " ".repeat(*n);
                let spaced = line[lead..].replace(", ", &format!("{blanks},\n{}{blanks}  ", &line[..lead]));
                lines[at] = line[..lead].to_owned() + &spaced.replace("[", &format!("[{blanks}"));
            }
            Damage::Line => lines.insert(at, String::new()),
            Damage::Comment(n) => lines.insert(at, format!("{}# c{at}", " ".repeat(*n))),
            Damage::Beside(n) => lines[at] = format!("{line}{}# b{at}", " ".repeat(*n)),
            Damage::Trailing(n) => lines[at] = line + &" ".repeat(*n),
            Damage::Deeper => {
                for line in &mut lines {
                    let lead = line.len() - line.trim_start().len();
                    line.insert_str(0, &" ".repeat(lead));
                }
            }
            Damage::Dos => lines[at] = line + "\r",
        }
    }
    lines.join("\n") + "\n"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_whatever_the_spacing(file in select(corpus()), damages in damage()) {
        let (name, text) = file;
        let text = damaged(&text, &damages);
        // Some damage makes another file of it, or none at all: those are not asked about.
        held(&name, &text.replace("\r\n", "\n"));
        if format(&name, &text).is_ok() {
            assert_eq!(format(&name, &text), format(&name, &text.replace("\r\n", "\n")));
        }
    }

    #[test]
    fn any_text_is_taken_or_refused(text in "[ -~\\n]{0,80}") {
        for name in ["w.yaml", "w.json"] {
            if let Ok(out) = format(name, &text) {
                assert_eq!(format(name, &out), Ok(out.clone()), "{name}: {text:?}");
            }
        }
    }
}

/// Pieces of YAML in any order, the odd ones too.
fn pieces() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "a: 1\n",
        "b:\n",
        "  c: { d: [e, f] }\n",
        "- x\n",
        "  - y: z\n",
        "    k: v\n",
        "# note\n",
        "  # in\n",
        " # beside\n",
        "\n",
        "t: |\n  one\n   two\n\n",
        "u: >-\n  folded\n\n",
        "v: &v [1,\n  2, # two\n  3]\n",
        "w: *v\n",
        "x: !!str 7\n",
        "? q\n: r\n",
        "y: 'it''s'\n",
        "z: \"a \\\n  b\"\n",
        "m: long\n  text\n",
        "n: {}\n",
        "o: [ # nothing\n  ]\n",
        "p: ~ # null\n",
        "---\n",
        "...\n",
        "  g: [h: i, {j}]\n",
        "events: {a: {capture: {}, s3: \"b/{k}\"}}\n",
        "-\n",
        "  - - p\n    - q\n",
        "l: http://x # y\n",
        "s: |+\n  kept\n\n",
    ]);
    proptest::collection::vec(piece, 1..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_pieces_are_laid_out_once(text in pieces()) {
        let Some(before) = again("w.yaml", &text).filter(is_group) else { return Ok(()) };
        // A document that ends before it begins stays as it is.
        let out = match formatted("w.yaml", &text, &before) {
            Some(out) => out,
            None if text.contains("...") => text.clone(),
            None => panic!("could not be laid out:\n{text}"),
        };
        assert_eq!(format("w.yaml", &out), Ok(out.clone()), "once more, of:\n{text}");
    }
}

#[test]
fn every_key_of_the_language_has_its_place() {
    let (workflow, test): (serde_json::Value, serde_json::Value) = (
        serde_json::from_str(&crate::schema::workflow()).unwrap(),
        serde_json::from_str(&crate::schema::test()).unwrap(),
    );
    for (schema, keys) in [
        (&workflow, order::WORKFLOW),
        (&workflow["$defs"]["Event"], order::EVENT),
        (&workflow["$defs"]["Condition"], order::CONDITION),
        (&workflow["$defs"]["Rule"], order::RULE),
        (&workflow["$defs"]["Map"], order::MAP),
        (&workflow["$defs"]["Retrier"], order::HANDLER),
        (&workflow["$defs"]["Catcher"], order::HANDLER),
        (&workflow["$defs"]["Function"], order::FUNCTION),
        (&test, order::TESTS),
        (&test["$defs"]["Test"], order::CASE),
        (&test["$defs"]["Call"], order::CALL),
    ] {
        for key in schema["properties"].as_object().unwrap().keys() {
            assert!(keys.contains(&key.as_str()), "`{key}` has no place in {keys:?} of src/fmt/order.rs");
        }
    }
}

#[test]
fn comments_are_really_read() {
    let text = "a: 1 # x\n# y\nb: [ # z\n  'c # no' ]\n";
    let document = read::read(text).unwrap();
    assert_eq!(document.comments(), ["# x", "# y", "# z"]);
    assert_eq!(comments(text), ["# x", "# y", "# z"]);
    assert!(json::read(&again("w.json", "{}").unwrap(), "{}").comments().is_empty());
}
