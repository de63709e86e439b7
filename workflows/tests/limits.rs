//! Every limit on both sides: what is just allowed compiles, one more is said.

use fanin_event::Span;
use fanin_workflow::limits::{
    ADVISED_RETAIN, MAX_ALLOWS, MAX_ARGUMENTS, MAX_COMPARED_BRANCHES, MAX_COMPARED_PAIRS, MAX_CONCURRENCY,
    MAX_DIAGNOSTICS, MAX_DURATION, MAX_ENTRIES, MAX_HANDLERS, MAX_KEY_CAPTURES, MAX_MEMBERS, MAX_NAME_BYTES,
    MAX_RETRY_NUMBER, MAX_SHUFFLE, MAX_STEPS, MAX_TESTS, MAX_TIMEOUT, MIN_RETAIN,
};
use fanin_workflow::{compile, duration, testfile};

/// A workflow with the events `e0` to `e(n-1)`, each with the capture `k`, and these other lines.
fn workflow(events: usize, rest: &str) -> String {
    let events: String = (0..events).map(|n| format!("  e{n}: {{ s3: \"b/{n}/{{k}}\" }}\n")).collect();
    format!("version: 1\nname: w\nevents:\n{events}{rest}\n")
}

fn rule(rest: &str) -> String {
    workflow(
        1,
        &format!("rules:\n  r: {{ when: e0, invoke: f, {rest} }}\nfunctions:\n  f: {{ respond: {{}} }}"),
    )
}

fn function(rest: &str) -> String {
    workflow(1, &format!("rules:\n  r: {{ when: e0, invoke: f }}\nfunctions:\n  f: {{ {rest} }}"))
}

fn condition(rest: &str) -> String {
    workflow(2, &format!("conditions:\n  c: {{ {rest} }}"))
}

fn list(n: usize, item: impl Fn(usize) -> String) -> String {
    (0..n).map(item).collect::<Vec<_>>().join(", ")
}

/// `most` compiles without a word, `beyond` gives exactly this code. What AWS would not take is another question.
fn both_sides(most: &str, beyond: &str, code: &str) {
    let codes = |text: &str| {
        let found = compile("w.yaml", text).diagnostics;
        found.iter().map(|d| d.code).filter(|found| *found != "F091" || code == "F091").collect::<Vec<_>>()
    };
    assert_eq!(codes(most), [""; 0], "{}", most.get(..400).unwrap_or(most));
    assert_eq!(codes(beyond), [code], "{}", beyond.get(..400).unwrap_or(beyond));
}

fn written(span: Span) -> String {
    duration::format(span)
}

#[test]
fn names_and_lists() {
    let named = |n: usize| workflow(1, &format!("  {}: {{ s3: \"b/x\" }}", "x".repeat(n)));
    both_sides(&named(MAX_NAME_BYTES), &named(MAX_NAME_BYTES + 1), "F009");
    both_sides(&workflow(MAX_ENTRIES, ""), &workflow(MAX_ENTRIES + 1, ""), "F002");
    let members = |n: usize| {
        let names = list(n, |i| format!("e{i}"));
        workflow(MAX_MEMBERS + 1, &format!("conditions:\n  c: {{ any: [{names}], by: k }}"))
    };
    both_sides(&members(MAX_MEMBERS), &members(MAX_MEMBERS + 1), "F002");
    let key = |n: usize| {
        let template = list(n, |i| format!("{{k{i}}}")).replace(", ", "/");
        let by = list(n, |i| format!("k{i}"));
        format!(
            "version: 1\nname: w\nevents:\n  e: {{ s3: \"b/{template}\" }}\nconditions:\n  c: {{ any: [e], by: [{by}] }}\n"
        )
    };
    both_sides(&key(MAX_KEY_CAPTURES), &key(MAX_KEY_CAPTURES + 1), "F002");
}

#[test]
fn rules_and_functions() {
    let retry = |n: usize| rule(&format!("retry: [{}]", list(n, |i| format!("{{ ErrorEquals: [E{i}] }}"))));
    both_sides(&retry(MAX_HANDLERS), &retry(MAX_HANDLERS + 1), "F002");
    let catch = |n: usize| {
        rule(&format!("catch: [{}]", list(n, |i| format!("{{ ErrorEquals: [E{i}], emit: x{i} }}"))))
    };
    both_sides(&catch(MAX_HANDLERS), &catch(MAX_HANDLERS + 1), "F002");
    let errors = |n: usize| rule(&format!("retry: [{{ ErrorEquals: [{}] }}]", list(n, |i| format!("E{i}"))));
    both_sides(&errors(MAX_HANDLERS), &errors(MAX_HANDLERS + 1), "F002");
    let attempts = |n: u64| rule(&format!("retry: {n}"));
    both_sides(&attempts(MAX_RETRY_NUMBER), &attempts(MAX_RETRY_NUMBER + 1), "F013");
    let open = |n: u32| rule(&format!("map: {{ items: $.detail.lines, max_concurrency: {n} }}"));
    both_sides(&open(MAX_CONCURRENCY), &open(MAX_CONCURRENCY + 1), "F013");
    both_sides(&open(1), &open(0), "F013");
    let words = |n: usize| function(&format!("command: [{}]", list(n, |_| "x".to_owned())));
    both_sides(&words(MAX_ARGUMENTS), &words(MAX_ARGUMENTS + 1), "F002");
    let timeout = |span: Span| function(&format!("respond: {{}}, timeout: {}", written(span)));
    both_sides(&timeout(MAX_TIMEOUT), &timeout(Span(MAX_TIMEOUT.0 + 1)), "F013");
    both_sides(&timeout(Span(1)), &timeout(Span(0)), "F013");
    let after = |span: Span| function(&format!("respond: {{}}, after: {}", written(span)));
    both_sides(&after(MAX_TIMEOUT), &after(Span(MAX_TIMEOUT.0 + 1)), "F013");
}

#[test]
fn durations_of_conditions() {
    let within = |span: Span| condition(&format!("all: [e0, e1], by: k, within: {}", written(span)));
    both_sides(&within(MAX_DURATION), &within(Span(MAX_DURATION.0 + 1)), "F012");
    both_sides(&within(Span(1)), &within(Span(0)), "F013");
    let retain =
        |span: Span| condition(&format!("all: [e0, e1], by: k, within: 1h, retain: {}", written(span)));
    both_sides(&retain(ADVISED_RETAIN), &retain(Span(ADVISED_RETAIN.0 - 1)), "F084");
    both_sides(&retain(ADVISED_RETAIN), &retain(MIN_RETAIN), "F084");
    both_sides(&retain(ADVISED_RETAIN), &retain(Span(MIN_RETAIN.0 - 1)), "F035");
    let reach = |n: u64| condition(&format!("count: e0, reach: {n}, within: 1h"));
    both_sides(&reach(10_000_000), &reach(10_000_001), "F013");
    both_sides(&reach(1), &reach(0), "F013");
}

#[test]
fn diagnostics_are_counted_past_the_limit() {
    let mistakes =
        |n: usize| workflow(1, &format!("conditions:\n  c: {{ any: [{}] }}", list(n, |i| format!("x{i}"))));
    let found = compile("w.yaml", &mistakes(MAX_DIAGNOSTICS)).diagnostics;
    assert_eq!(found.len(), MAX_DIAGNOSTICS);
    assert!(found.iter().all(|d| d.code == "F011"));
    let found = compile("w.yaml", &mistakes(MAX_DIAGNOSTICS + 3)).diagnostics;
    assert_eq!(found.len(), MAX_DIAGNOSTICS + 1);
    assert_eq!(found.last().map(|d| d.message.as_str()), Some("3 more mistakes are not shown"));
}

#[test]
fn test_files() {
    let codes =
        |text: &str| testfile::parse("t.yaml", text).diagnostics.iter().map(|d| d.code).collect::<Vec<_>>();
    let case = |rest: &str| format!("workflow: w.yaml\ntests: [ {{ name: n, expect: [a], {rest} }} ]");
    let cases = |n: usize| {
        format!("workflow: w.yaml\ntests: [ {} ]", list(n, |_| "{ name: n, expect: [a] }".to_owned()))
    };
    let given = |n: usize| case(&format!("given: [{}]", list(n, |_| "a".to_owned())));
    let shuffle = |n: u32| case(&format!("shuffle: {n}"));
    for (most, beyond, code) in [
        (cases(MAX_TESTS), cases(MAX_TESTS + 1), "F002"),
        (given(MAX_STEPS), given(MAX_STEPS + 1), "F002"),
        (shuffle(MAX_SHUFFLE), shuffle(MAX_SHUFFLE + 1), "F013"),
    ] {
        assert_eq!(codes(&most), [""; 0]);
        assert_eq!(codes(&beyond), [code]);
    }
}

#[test]
fn the_largest_workflows_are_compiled_in_any_order() {
    let n = MAX_ENTRIES - 1;
    // Each rule waits for the next one, the last one for the event.
    let rules: String = (0..n)
        .map(|i| {
            let when = if i + 1 == n { "e0".to_owned() } else { format!("r{}.done", i + 1) };
            format!("  r{i}: {{ when: {when}, send: {{ log: x }} }}\n")
        })
        .collect();
    let conditions: String = (0..n)
        .map(|i| {
            let member = if i + 1 == n { "r0.done".to_owned() } else { format!("c{}", i + 1) };
            format!("  c{i}: {{ any: [{member}], by: k }}\n")
        })
        .collect();
    let text = workflow(1, &format!("rules:\n{rules}conditions:\n{conditions}"));
    let compiled = compile("w.yaml", &text);
    assert_eq!(compiled.diagnostics, []);
    assert!(compiled.plan.is_some_and(|p| p.rules.iter().all(|r| r.captures.iter().map(|c| &**c).eq(["k"]))));
}

#[test]
fn what_is_allowed_in_one_place() {
    let codes = |n: usize| {
        let entries = list(n, |i| format!("X{i}: because"));
        let found = compile("w.yaml", &workflow(1, &format!("allow: {{ {entries} }}"))).diagnostics;
        found.iter().map(|d| d.code).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(codes(MAX_ALLOWS), ["F017"].into());
    assert_eq!(codes(MAX_ALLOWS + 1), ["F002"].into());
}

#[test]
fn patterns_that_are_compared() {
    let codes = |text: &str| compile("w.yaml", text).diagnostics.iter().map(|d| d.code).collect::<Vec<_>>();
    let branches = |n: usize| {
        let or = list(n, |i| format!("{{ k: [v{i}] }}"));
        let event = |name: &str| format!("  {name}: {{ match: {{ detail: {{ $or: [{or}] }} }} }}\n");
        workflow(1, &format!("{}{}conditions:\n  c: {{ all: [x, y], within: 1h }}", event("x"), event("y")))
    };
    assert_eq!(codes(&branches(MAX_COMPARED_BRANCHES)), ["F089"]);
    assert_eq!(codes(&branches(MAX_COMPARED_BRANCHES + 1)), [""; 0]);
    // The last name is the first one again; it comes after so many pairs.
    let pairs = |names: usize| {
        let events = workflow(names - 1, "  again: { s3: \"b/0/{k}\" }\n");
        let members = list(names - 1, |i| format!("e{i}"));
        format!("{events}conditions:\n  c: {{ all: [{members}, again], by: k, within: 1h }}\n")
    };
    let before = |names: usize| (names - 1) * (names - 2) / 2;
    let most = (2..MAX_MEMBERS).rfind(|names| before(*names) < MAX_COMPARED_PAIRS).unwrap();
    assert_eq!(codes(&pairs(most)), ["F089"], "{most} names");
    assert_eq!(codes(&pairs(most + 1)), [""; 0], "{most} names and one");
}
