//! Every case of the conformance file: whether a pattern is valid, and whether it matches an event. Each pattern alone,
//! and all patterns of a group together in one index, where they must not influence each other.
//!
//! The full file is `../shared/conformance/patterns.jsonl` beside the repository; without it the project's own copy
//! (every group, fewer cases) is played.

#![expect(clippy::expect_used, reason = "a case file that cannot be read is a failed test")]

use std::collections::BTreeMap;
use std::path::Path;

use fanin_event::{Pattern, PatternId, PatternIndex, Scratch};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: u32,
    group: String,
    pattern: String,
    valid: bool,
    event: Option<String>,
    matches: Option<bool>,
}

fn own_copy() -> Vec<Case> {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/patterns.jsonl"))
}

fn cases() -> Vec<Case> {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance/patterns.jsonl");
    if full.exists() { read(&full) } else { own_copy() }
}

fn read(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).expect("the conformance file can be read");
    text.lines().map(|line| serde_json::from_str(line).expect("a case per line")).collect()
}

/// Whichever way a text is read, validating or trusting, the same patterns match.
fn both<'s>(index: &PatternIndex, event: &str, scratch: &'s mut Scratch) -> Result<&'s [PatternId], String> {
    let trusted = index.matches_trusted(event, scratch).map(<[_]>::to_vec);
    let found = index.matches(event.as_bytes(), scratch).map_err(|e| e.to_string())?;
    if trusted.as_deref() == Ok(found) {
        Ok(found)
    } else {
        Err(format!("trusting gives {trusted:?}, validating {found:?}"))
    }
}

fn report(wrong: &[String], of: usize) {
    let shown = wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {of} cases are wrong:\n{shown}", wrong.len());
}

#[test]
fn each_pattern_alone() {
    let cases = cases();
    let mut scratch = Scratch::new();
    let mut wrong = Vec::new();
    for case in &cases {
        let pattern = Pattern::parse(&case.pattern);
        if pattern.is_ok() != case.valid {
            let got = pattern.map_or_else(|e| e.to_string(), |_| "valid".to_owned());
            wrong.push(format!("{} {} {}: {got}", case.group, case.id, case.pattern));
            continue;
        }
        let (Ok(pattern), Some(event)) = (pattern, &case.event) else { continue };
        let mut index = PatternIndex::new();
        let id = index.insert(pattern);
        match both(&index, event, &mut scratch) {
            Ok(found) if found.contains(&id) == (case.matches == Some(true)) => {}
            other => wrong.push(format!("{} {} {} on {event}: {other:?}", case.group, case.id, case.pattern)),
        }
    }
    report(&wrong, cases.len());
}

#[test]
fn all_patterns_of_a_group_together() {
    let cases = cases();
    let mut groups: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases.iter().filter(|c| c.valid) {
        groups.entry(&case.group).or_default().push(case);
    }
    let mut scratch = Scratch::new();
    let mut wrong = Vec::new();
    for (group, cases) in groups {
        let mut index = PatternIndex::new();
        let mut ids: BTreeMap<&str, PatternId> = BTreeMap::new();
        for case in &cases {
            let pattern = Pattern::parse(&case.pattern).expect("valid, as tested alone");
            ids.entry(&case.pattern).or_insert_with(|| index.insert(pattern));
        }
        for case in &cases {
            let Some(event) = &case.event else { continue };
            let id = ids[case.pattern.as_str()];
            match both(&index, event, &mut scratch) {
                Ok(found) if found.contains(&id) == (case.matches == Some(true)) => {}
                other => wrong.push(format!("{group} {} {} on {event}: {other:?}", case.id, case.pattern)),
            }
        }
        // Half of them removed: the others stay as they were.
        for id in ids.values().filter(|id| id.0 % 2 == 0) {
            assert!(index.remove(*id) && !index.remove(*id));
        }
        for case in &cases {
            let Some(event) = &case.event else { continue };
            let id = ids[case.pattern.as_str()];
            let expected = case.matches == Some(true) && id.0 % 2 == 1;
            let found = index.matches(event.as_bytes(), &mut scratch).expect("read before");
            if found.contains(&id) != expected {
                wrong.push(format!("{group} {} after removal: {}", case.id, case.pattern));
            }
        }
    }
    report(&wrong, cases.len());
}

#[test]
fn the_own_copy_represents_every_group() {
    let own = own_copy();
    let groups: std::collections::BTreeSet<_> = own.iter().map(|c| c.group.as_str()).collect();
    assert_eq!(groups.len(), 29);
    assert!(own.iter().any(|c| !c.valid) && own.len() > 1000, "{} cases", own.len());
}
