//! When two printed texts are the same but for what differs from run to run.

use std::sync::LazyLock;

use regex_lite::Regex;

static CHANGING: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "<moment>"),
        (r"\b\d\d:\d\d:\d\d(\.\d+)?Z?", "<moment>"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<id>"),
        (r"\b[0-9a-f]{32}\b", "<id>"),
        (r"\b[0-9a-f]{16}\b", "<id>"),
        (r"\b[0-9a-f]{4}\.\.[0-9a-f]{2}\b", "<id>"),
        (r"\b\d+(\.\d+)? ?(ms|us|µs|ns|s)\b", "<time>"),
        (r"\bin (\d+[dhms] ?)+", "in <time>"),
        (r"\b(\d+[dhms] ?)+ ago\b", "<time> ago"),
        (r"\bframes? \d+( to \d+)?", "frame <n>"),
        (r"\b\d+ (records?|segments?|snapshots?|points?)\b", "<n> $1"),
        (r"\b(pid|process) \d+", "pid <n>"),
        (r"\[\d+\] \d+", "[job]"),
        (r#"("(took_ms|seconds|deadline_in|frame|from|last|snapshot)": ?)\d[\d.]*"#, "$1<n>"),
        (r"/tmp/[^/ ]+/work", "<here>"),
        (r"\b\d+(\.\d+)? [KMGT]i?B\b", "<bytes>"),
        // A table's columns follow the width of what is in them.
        (r" {2,}", "  "),
        (r"[-─]{4,}", "----"),
    ]
    .into_iter()
    .map(|(pattern, with)| (Regex::new(pattern).unwrap(), with))
    .collect()
});

pub(crate) fn normal(line: &str) -> String {
    let mut line = line.trim_end().to_owned();
    for (pattern, with) in CHANGING.iter() {
        line = pattern.replace_all(&line, *with).into_owned();
    }
    line
}

/// Whether `printed` is what the page shows.
pub(crate) fn same(shown: &[String], printed: &[String]) -> bool {
    match shown.split_first() {
        None => printed.iter().all(|line| line.trim().is_empty()),
        Some((first, rest)) if first.trim() == "..." => {
            (0..=printed.len()).any(|skip| same(rest, &printed[skip..]))
        }
        Some((first, rest)) => match printed.split_first() {
            Some((line, more)) => normal(first) == normal(line) && same(rest, more),
            None => first.trim().is_empty() && same(rest, printed),
        },
    }
}

#[test]
fn only_what_changes_may_differ() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(same(
        &lines("fired 2026-11-21T10:00:00Z id 018f..c2"),
        &lines("fired 2026-11-22T11:00:00.123Z id aaaa..00")
    ));
    assert!(same(&lines("a\n...\nz"), &lines("a\nb\nc\nz")));
    assert!(same(&lines("a\n..."), &lines("a")));
    assert!(!same(&lines("a\n...\nz"), &lines("a\nb\nc\ny")));
    assert!(!same(&lines("2 of 3"), &lines("3 of 3")));
    assert!(!same(&lines("a"), &lines("a\nb")));
    assert!(!same(&lines("a\nb"), &lines("a")));
}
