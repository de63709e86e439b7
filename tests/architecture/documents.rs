//! What the documents owe: a page for every error code, links that lead somewhere, commands that exist.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use crate::sources::{code, files, production, report, root};

/// Where stable codes of errors, verdicts and diagnostics are written.
const CODE_SOURCES: [&str; 6] =
    ["event/src/", "condition-engine/", "rule-engine/", "triggers/", "workflows/", "infra/"];

/// Files whose constants are codes.
const CODE_FILES: [&str; 4] = ["/codes.rs", "/reject.rs", "/rejected.rs", "/error.rs"];

/// Where the pages are.
const PAGES: &str = "docs/errors";

/// The stable codes: every text after `code:`, in a `const ..._CODE`, in a `fn code`, the constants of a file of codes,
/// and every number code.
fn codes() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for source in production(&CODE_SOURCES) {
        let code = code(&source.text);
        let mut depth_of_fn = None;
        let in_table = CODE_FILES.iter().any(|name| source.path.ends_with(name));
        for line in code.lines() {
            let indent = line.len() - line.trim_start().len();
            if line.contains("fn code(") {
                depth_of_fn = Some(indent);
            } else if depth_of_fn.is_some_and(|at| indent <= at && line.trim_start().starts_with('}')) {
                depth_of_fn = None;
            }
            let constant = in_table && line.contains("const ") && line.contains("str = \"");
            let named = constant
                || line.contains("code: \"")
                || line.contains("\"code\": \"")
                || line.contains("_CODE: &str = \"");
            let everywhere = named || depth_of_fn.is_some();
            for text in texts(line) {
                if is_number_code(text) || everywhere && is_word_code(text) {
                    found.entry(text.to_owned()).or_insert_with(|| source.path.clone());
                }
            }
        }
    }
    found
}

fn texts(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2)
}

/// `F001` of the compiler, `S001` of a store.
fn is_number_code(text: &str) -> bool {
    matches!(text.as_bytes(), [b'F' | b'S', digits @ ..] if digits.len() == 3 && digits.iter().all(u8::is_ascii_digit))
}

/// `reach-not-a-number`
fn is_word_code(text: &str) -> bool {
    text.len() > 3
        && text.contains('-')
        && text
            .split('-')
            .all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// The codes with a page, or with a heading of their own in a page: `docs/errors/F001.md`, `## late-past-floor`.
fn pages() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for page in files(&[".md"]).into_iter().filter(|p| p.path.starts_with(PAGES)) {
        let stem = Path::new(&page.path).file_stem().unwrap().to_string_lossy().into_owned();
        found.insert(stem);
        for heading in page.text.lines().filter_map(|l| l.strip_prefix("## ")) {
            found.insert(heading.trim().trim_matches('`').to_owned());
        }
    }
    found
}

#[test]
fn every_error_code_has_a_page() {
    let pages = pages();
    let missing = codes().into_iter().filter(|(code, _)| !pages.contains(code));
    let findings: Vec<String> = missing.map(|(code, path)| format!("{code} (in {path})")).collect();
    report(
        &findings,
        "write docs/errors/CODE.md (or a heading `## CODE` in a page there): what it means, an example that triggers \
         it, how to mend it",
    );
}

#[test]
fn every_page_of_a_number_code_has_its_code() {
    let codes = codes();
    let stale = pages().into_iter().filter(|page| is_number_code(page) && !codes.contains_key(page));
    let findings: Vec<String> = stale.map(|page| format!("{PAGES}/{page}.md")).collect();
    report(
        &findings,
        "remove the page, or bring back the code: codes are never used again for another meaning",
    );
}

#[test]
fn codes_are_told_from_other_texts() {
    assert!(
        is_number_code("F001") && is_number_code("S014") && !is_number_code("F01") && !is_number_code("Fish")
    );
    assert!(is_word_code("late-past-floor") && !is_word_code("detail-Type") && !is_word_code("late"));
    let line = r#"Some { code: "torn-tail", reason: "a b" }"#;
    assert_eq!(texts(line).collect::<Vec<_>>(), ["torn-tail", "a b"]);
}

/// The targets of `[text](target)` outside of code.
fn links(markdown: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in markdown.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("``");
        for rest in prose.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or_default();
            found.push((number + 1, target.split(' ').next().unwrap_or_default().to_owned()));
        }
    }
    found
}

/// The anchors of a page, as the usual renderers make them of its headings.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let headings = markdown.lines().filter(|l| l.starts_with('#'));
    let slug = |heading: &str| {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>()
    };
    headings.map(slug).collect()
}

fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

#[test]
fn links_lead_somewhere() {
    let mut findings = Vec::new();
    for page in files(&[".md"]) {
        for (line, target) in links(&page.text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let folder = Path::new(&page.path).parent().unwrap();
            let path = if file.is_empty() { PathBuf::from(&page.path) } else { normal(&folder.join(file)) };
            let full = root().join(&path);
            if !full.exists() {
                findings.push(format!("{}:{line}: {target}: there is no {}", page.path, path.display()));
            } else if !anchor.is_empty() && !anchors(&std::fs::read_to_string(full).unwrap()).contains(anchor)
            {
                findings.push(format!("{}:{line}: {target}: no such heading", page.path));
            }
        }
    }
    report(&findings, "mend the link, or bring back what it leads to");
}

#[test]
fn links_are_read_like_a_renderer_reads_them() {
    let page = "[a](x.md) and `[b](no.md)` ![c](y.png \"t\")\n```\n[d](no.md)\n```\n[e](#f-g)\n";
    let targets: Vec<String> = links(page).into_iter().map(|(_, target)| target).collect();
    assert_eq!(targets, ["x.md", "y.png", "#f-g"]);
    assert!(anchors("# A `b`, c\n## D-e\n").is_superset(&["a-b-c".to_owned(), "d-e".to_owned()].into()));
    assert_eq!(normal(Path::new("docs/./a/../b.md")), Path::new("docs/b.md"));
}

/// The verbs of the command line: the variants of `enum Verb`.
fn verbs() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("infra/cli/src/args.rs")).unwrap_or_default();
    let code = code(&text);
    let variants =
        code.split("enum Verb {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap_or_default();
    let names = variants.lines().filter_map(|line| line.trim().split(['(', ',', ' ']).next());
    names.filter(|name| name.starts_with(char::is_uppercase)).map(str::to_lowercase).collect()
}

/// What stands after `fanin` in code: `fanin dev`, `$ fanin explain ...`.
fn commands(markdown: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in markdown.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        let spans: Vec<&str> = if fenced { vec![line] } else { line.split('`').skip(1).step_by(2).collect() };
        for span in spans {
            let mut words = span.trim_start_matches(['$', ' ']).split_whitespace();
            if words.next() == Some("fanin")
                && let Some(verb) = words.next().filter(|w| w.bytes().all(|b| b.is_ascii_lowercase()))
            {
                found.push((number + 1, verb.to_owned()));
            }
        }
    }
    found
}

#[test]
fn documents_name_only_commands_that_exist() {
    let verbs = verbs();
    let mut findings = Vec::new();
    for page in files(&[".md"]).into_iter().filter(|p| !p.path.starts_with("docs/decisions/")) {
        for (line, verb) in
            commands(&page.text).into_iter().filter(|(_, verb)| !verbs.contains(verb) && verb != "help")
        {
            findings.push(format!("{}:{line}: `fanin {verb}`", page.path));
        }
    }
    report(&findings, "a verb is named when it works: it stands in `enum Verb` of infra/cli/src/args.rs");
}

#[test]
fn commands_are_found_in_code() {
    let page = "Call `fanin check x` and fanin dev.\n```\n$ fanin explain a\nfanin --help\n```\n";
    let verbs: Vec<String> = commands(page).into_iter().map(|(_, verb)| verb).collect();
    assert_eq!(verbs, ["check", "explain"]);
    assert!(self::verbs().contains("check") && !self::verbs().contains("explain-nothing"));
}

#[test]
fn make_help_shows_every_target() {
    let text = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let mut findings = Vec::new();
    for line in text.lines().filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase())) {
        let rule = line.split(':').next().unwrap_or_default();
        if !line.contains(":=") && !line.contains("?=") && !line.contains("## ") {
            findings.push(format!("Makefile: {rule}"));
        }
    }
    report(&findings, "write `target: ## what it does` so that `make help` shows it");
}
