//! Pure packages have no async, clock, randomness, environment or SDK: proved by their dependency trees and their text.

use std::process::Command;

use crate::sources::{code, line_of, production, report, root};

/// The packages that decide. `now` is an argument there.
const PURE: [&str; 6] =
    ["fanin-event", "fanin-condition", "fanin-rule", "fanin-triggers", "fanin-plan", "fanin-workflow"];

/// Their sources.
const PURE_SOURCES: [&str; 6] = [
    "event/src/",
    "condition-engine/src/",
    "rule-engine/src/",
    "triggers/src/",
    "workflows/src/",
    "workflows/plan/src/",
];

/// Packages that wait, read clocks, roll dice, or talk to the world.
const IMPURE: [&str; 27] = [
    "tokio",
    "mio",
    "smol",
    "polling",
    "socket2",
    "hyper",
    "h2",
    "axum",
    "reqwest",
    "ureq",
    "tower",
    "getrandom",
    "fastrand",
    "oorandom",
    "quanta",
    "instant",
    "web-time",
    "rustix",
    "nix",
    "notify",
    "tempfile",
    "rayon",
    "crossbeam-channel",
    "signal-hook",
    "dirs",
    "home",
    "iana-time-zone",
];

/// The same, by the beginning of the name.
const IMPURE_FAMILIES: [&str; 8] =
    ["tokio-", "async-", "futures", "rand", "aws-", "hyper-", "tracing-subscriber", "opentelemetry"];

/// Features which bring a clock into a package that is fine without them.
const IMPURE_FEATURES: [(&str, &[&str]); 4] = [
    ("chrono", &["clock", "now"]),
    ("jiff", &["std", "tz-system", "tzdb-zoneinfo"]),
    ("uuid", &["v1", "v4", "v6", "v7", "rng"]),
    ("time", &["local-offset", "rand"]),
];

/// Texts that may not stand in the production code of a pure package, and what stands there instead.
const BANNED: [(&str, &str); 15] = [
    ("SystemTime", "take `now: Timestamp` as an argument"),
    ("Instant::now", "take `now: Timestamp` as an argument"),
    ("Timestamp::now", "take `now: Timestamp` as an argument"),
    ("Zoned::now", "take `now: Timestamp` as an argument"),
    ("std::env", "settings are arguments"),
    ("std::fs", "texts are arguments; reading files is for hosts"),
    ("std::thread", "a decision is one function; threads are for hosts"),
    ("TcpStream", "talking is for sources and targets"),
    ("TcpListener", "talking is for sources and targets"),
    ("UdpSocket", "talking is for sources and targets"),
    ("ToSocketAddrs", "looking up names is for sources and targets"),
    ("std::process", "running programs is for targets"),
    ("RandomState", "its order differs from run to run: BTreeMap, or a hasher with fixed keys"),
    ("async fn", "a decision does not wait: load, decide, commit"),
    (".await", "a decision does not wait: load, decide, commit"),
];

/// Maps of std have another order in every run. Files where nothing is ever iterated over may use them.
const HASHMAP_ALLOWED: &[&str] = &[
    // (path, why): each entry needs a look-up-only use.
    "workflows/plan/src/names.rs", // look-up of names; the order is that of `entries`
];

#[test]
fn pure_packages_depend_on_nothing_impure() {
    let mut findings = Vec::new();
    for package in PURE {
        for (name, features) in tree(package) {
            if IMPURE.contains(&name.as_str()) || IMPURE_FAMILIES.iter().any(|f| name.starts_with(f)) {
                findings.push(format!("{package} has {name} in its dependency tree"));
            }
            for (of, banned) in IMPURE_FEATURES {
                for feature in banned.iter().filter(|f| name == of && features.split(',').any(|x| x == **f)) {
                    findings.push(format!("{package} has {name} with the feature `{feature}`"));
                }
            }
        }
    }
    findings.sort();
    findings.dedup();
    report(
        &findings,
        "see who brings it with `cargo tree -p PACKAGE -i NAME`, turn the feature off, or move the code that needs \
         it to a host",
    );
}

/// (name, features) of everything a package links, as cargo resolves it for this package alone.
fn tree(package: &str) -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "-p", package, "-e", "normal,no-proc-macro", "--prefix", "none", "-f", "{p}|{f}"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "cargo tree -p {package}: {}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<_> = text.lines().filter_map(|line| line.split_once('|')).collect();
    assert!(!lines.is_empty(), "cargo tree says nothing about {package}");
    lines.iter().map(|(p, f)| (p.split(' ').next().unwrap().to_owned(), (*f).to_owned())).collect()
}

#[test]
fn the_tree_is_really_seen() {
    let names: Vec<String> = tree("fanin-tests").into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"fanin-tests".to_owned()));
    let (_, features) = tree("fanin-event").into_iter().find(|(name, _)| name == "jiff").unwrap();
    assert!(features.split(',').any(|f| f == "alloc"), "jiff is used with `alloc`: {features}");
}

#[test]
fn pure_code_takes_time_and_settings_as_arguments() {
    let mut findings = Vec::new();
    for source in production(&PURE_SOURCES) {
        let code = code(&source.text);
        for (banned, instead) in BANNED {
            for (offset, _) in code.match_indices(banned) {
                findings.push(format!("{}:{}: `{banned}`: {instead}", source.path, line_of(&code, offset)));
            }
        }
    }
    report(
        &findings,
        "a pure package decides by its arguments alone, so that every decision can be replayed",
    );
}

#[test]
fn the_same_input_gives_the_same_order() {
    let mut findings = Vec::new();
    for source in production(&PURE_SOURCES) {
        let code = code(&source.text);
        let mut uses = code.match_indices("std::collections::").filter(|(at, _)| {
            let line = code.get(*at..).and_then(|rest| rest.split(';').next()).unwrap_or_default();
            line.contains("HashMap") || line.contains("HashSet")
        });
        if !HASHMAP_ALLOWED.contains(&source.path.as_str())
            && let Some((at, _)) = uses.next()
        {
            findings.push(format!("{}:{}: a hash map of std", source.path, line_of(&code, at)));
        }
    }
    report(
        &findings,
        "use BTreeMap, or list the file in HASHMAP_ALLOWED of tests/architecture/purity.rs when it only looks things up \
         and never iterates",
    );
}

#[test]
fn exceptions_are_still_needed() {
    for path in HASHMAP_ALLOWED {
        let text = std::fs::read_to_string(root().join(path)).unwrap_or_default();
        assert!(
            text.contains("HashMap") || text.contains("HashSet"),
            "{path} needs no exception any more: remove it"
        );
    }
}
