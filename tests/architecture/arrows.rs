//! The arrows between packages: cli -> hosts -> runtime -> ports and plan -> engines (siblings) -> event.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::sources::{report, root};

/// Names of packages, in groups.
type Groups = &'static [&'static [&'static str]];

/// The ground of all of them.
const EVENT: &[&str] = &["fanin-event"];
/// What a compiled workflow is made of.
const PLAN: &[&str] = &["fanin-event", "fanin-condition", "fanin-rule", "fanin-plan"];
/// What a turn reads and writes beside that.
const PORTS: &[&str] = &["fanin-store", "fanin-triggers"];
/// What a host takes events in by.
const SOURCES: &[&str] = &["fanin-triggers", "fanin-sources", "fanin-sources-s3"];
/// What runs on AWS, and what puts it there.
const ON_AWS: Groups = &[
    PLAN,
    PORTS,
    &["fanin-store-dynamodb", "fanin-dispatch", "fanin-targets-aws", "fanin-runtime", "fanin-state-first"],
];
/// The top of the house may know everything below it, except each other.
const EVERYTHING: Groups = &[
    PLAN,
    PORTS,
    SOURCES,
    &["fanin-workflow", "fanin-store-embedded", "fanin-store-dynamodb", "fanin-dispatch"],
    &["fanin-targets-aws", "fanin-runtime", "fanin-state-first", "fanin-history", "fanin-simulate"],
    &["fanin-local", "fanin-dashboard", "fanin-telemetry", "fanin-cli", "fanin-lambda", "fanin-deploy"],
];

/// Who may know whom. A package that is not listed here may not exist.
const ALLOWED: &[(&str, Groups)] = &[
    ("fanin-event", &[]),
    ("fanin-event-bench", &[EVENT]),
    ("fanin-condition", &[EVENT]),
    ("fanin-rule", &[EVENT]),
    ("fanin-triggers", &[EVENT]),
    ("fanin-plan", &[EVENT, &["fanin-condition", "fanin-rule"]]),
    ("fanin-workflow", &[PLAN, &["fanin-triggers"]]),
    ("fanin-store", &[]),
    ("fanin-store-embedded", &[&["fanin-store"]]),
    ("fanin-store-dynamodb", &[&["fanin-store"]]),
    ("fanin-dispatch", &[EVENT, &["fanin-rule"]]),
    ("fanin-targets-aws", &[EVENT, &["fanin-rule", "fanin-dispatch"]]),
    ("fanin-sources", &[EVENT, &["fanin-triggers"]]),
    ("fanin-sources-s3", &[EVENT, &["fanin-triggers", "fanin-sources"]]),
    ("fanin-runtime", &[PLAN, PORTS]),
    ("fanin-state-first", &[PLAN, PORTS, &["fanin-runtime"]]),
    ("fanin-lambda", ON_AWS),
    ("fanin-deploy", ON_AWS),
    ("fanin-simulate", &[PLAN, PORTS, &["fanin-workflow", "fanin-runtime"]]),
    ("fanin-history", &[PLAN, &["fanin-store", "fanin-store-embedded", "fanin-dispatch", "fanin-runtime"]]),
    (
        "fanin-local",
        &[
            PLAN,
            PORTS,
            SOURCES,
            &["fanin-workflow", "fanin-store-embedded", "fanin-dispatch", "fanin-runtime", "fanin-history"],
        ],
    ),
    (
        "fanin-dashboard",
        &[
            PLAN,
            SOURCES,
            &["fanin-workflow", "fanin-dispatch", "fanin-runtime", "fanin-simulate", "fanin-local"],
        ],
    ),
    ("fanin-telemetry", &[EVENT, &["fanin-rule", "fanin-dispatch", "fanin-runtime", "fanin-local"]]),
    ("fanin-cli", EVERYTHING),
    ("fanin-tests", EVERYTHING),
    ("fanin-tests-aws", EVERYTHING),
    ("fanin-tests-protocol", EVERYTHING),
    ("fanin-tests-fuzz", EVERYTHING),
    ("fanin-tests-emulator", &[]),
];

/// Tests that compile their workflows.
const COMPILED: Groups = &[&["fanin-workflow"]];

/// What tests and benches of a package may use beyond that.
const ALLOWED_IN_TESTS: &[(&str, Groups)] = &[
    ("fanin-runtime", &[&["fanin-workflow", "fanin-store-embedded"]]),
    ("fanin-history", COMPILED),
    ("fanin-sources-s3", COMPILED),
    ("fanin-simulate", &[&["fanin-store-embedded"]]),
    ("fanin-state-first", COMPILED),
    ("fanin-deploy", COMPILED),
    ("fanin-telemetry", COMPILED),
];

/// The workspace as cargo sees it, without resolving what lies outside.
pub(crate) fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap()
}

fn table(of: &[(&'static str, Groups)]) -> BTreeMap<&'static str, Vec<&'static str>> {
    of.iter().map(|(name, groups)| (*name, groups.concat())).collect()
}

#[test]
fn packages_know_only_what_lies_below_them() {
    let (allowed, in_tests) = (table(ALLOWED), table(ALLOWED_IN_TESTS));
    let mut findings = Vec::new();
    for package in metadata().packages {
        let name = package.name.as_str();
        let Some(below) = allowed.get(name) else {
            findings.push(format!("{name} is a package that the table does not know"));
            continue;
        };
        let more = in_tests.get(name).map(Vec::as_slice).unwrap_or_default();
        for dependency in package.dependencies.iter().filter(|d| d.path.is_some()) {
            let known = dependency.name.as_str();
            let in_test = dependency.kind == DependencyKind::Development;
            if known != name && !below.contains(&known) && !(in_test && more.contains(&known)) {
                findings.push(format!("{name} depends on {known}"));
            }
        }
    }
    report(
        &findings,
        "move what is needed to a package below both, or hand it over as an argument. If the house itself changes, \
         change the table in tests/architecture/arrows.rs and docs/ARCHITECTURE.md together",
    );
}

#[test]
fn engines_are_siblings_and_events_are_the_ground() {
    let allowed = table(ALLOWED);
    assert!(allowed["fanin-event"].is_empty(), "event knows nothing of the house");
    for engine in ["fanin-condition", "fanin-rule", "fanin-triggers"] {
        assert_eq!(allowed[engine], ["fanin-event"], "{engine} knows events and nothing else");
    }
    // The table itself is a hierarchy: each package stands after everything it knows.
    let order: Vec<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    for (place, (name, below)) in ALLOWED.iter().enumerate() {
        for known in below.iter().copied().flatten().filter(|_| *name != "fanin-tests") {
            let stands = order.iter().position(|n| n == known).unwrap();
            assert!(stands < place || known == name, "{name} may not know {known}, which stands above it");
        }
    }
}

#[test]
fn every_package_takes_lints_and_versions_from_the_workspace() {
    let mut findings = Vec::new();
    for package in metadata().packages {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        if !manifest.contains("[lints]\nworkspace = true") {
            findings.push(format!("{}: no `[lints] workspace = true`", package.manifest_path));
        }
        for (number, line) in manifest.lines().enumerate() {
            if line.contains(" = \"") && line.contains("version") && !line.starts_with("version") {
                findings.push(format!("{}:{}: {line}", package.manifest_path, number + 1));
            }
        }
    }
    report(
        &findings,
        "versions stand once, in [workspace.dependencies]; lints stand once, in [workspace.lints]",
    );
}
