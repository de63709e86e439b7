//! The picture of a workflow in every format: golden files of all examples and of a tour, and what must hold of any graph.
//! `FANIN_REWRITE=1 cargo test -p fanin-workflow --test graph` writes the files in `tests/graph/` anew.

#![expect(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};

use fanin_workflow::compile;
use fanin_workflow::graph::{Graph, NodeKind, dot, mermaid, svg};
use proptest::prelude::*;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn graph(name: &str, text: &str) -> Graph {
    let compiled = compile(name, text);
    let Some(plan) = compiled.plan else { panic!("{name}: {:?}", compiled.diagnostics) };
    Graph::of(&plan)
}

/// Every example, the tour of the language, and workflows whose names and circles are hard on a drawing.
fn cases() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(here().join("../examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|folder| {
            let named = folder.join("workflow.yaml");
            if named.exists() { named } else { folder.join("video.yaml") }
        })
        .collect();
    files.sort();
    let mut cases: Vec<(String, String)> = files
        .iter()
        .map(|path| {
            let name = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    assert!(cases.len() >= 7, "examples are missing");
    for name in ["tour", "circles"] {
        let path =
            here().join(if name == "tour" { "tests/plans/tour.yaml" } else { "tests/graph/circles.yaml" });
        cases.push((name.to_owned(), std::fs::read_to_string(path).unwrap()));
    }
    cases
}

fn formats(graph: &Graph) -> [(&'static str, String); 4] {
    [
        ("mmd", mermaid(graph)),
        ("dot", dot(graph)),
        ("svg", svg(graph).unwrap()),
        ("json", graph.json() + "\n"),
    ]
}

#[test]
fn the_graphs_are_drawn_as_before() {
    let folder = here().join("tests/graph");
    let rewrite = std::env::var_os("FANIN_REWRITE").is_some();
    for (name, text) in cases() {
        for (ending, shown) in formats(&graph(&name, &text)) {
            let path = folder.join(format!("{name}.{ending}"));
            if rewrite {
                std::fs::write(&path, &shown).unwrap();
            }
            let known = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(known == shown, "{} is now\n{shown}\nFANIN_REWRITE=1 writes it anew", path.display());
        }
    }
}

#[test]
fn every_edge_has_its_ends_and_every_name_its_node() {
    for (name, text) in cases() {
        let plan = compile(&name, &text).plan.unwrap();
        let graph = Graph::of(&plan);
        let ids: Vec<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "{name}: ids are unique");
        for edge in &graph.edges {
            assert!(ids.contains(&edge.from.as_str()) && ids.contains(&edge.to.as_str()), "{name}: {edge:?}");
        }
        let named = plan.events.len() + plan.conditions.len() + plan.rules.len() + plan.functions.len();
        let kinds = [NodeKind::Event, NodeKind::Condition, NodeKind::Rule, NodeKind::Function];
        assert_eq!(graph.nodes.iter().filter(|n| kinds.contains(&n.kind)).count(), named, "{name}");
        let members: usize = plan.conditions.iter().map(|c| c.members.len()).sum();
        let triggers: usize = plan.rules.iter().map(|r| r.when.len() + 1 + r.catch.len()).sum();
        let brought =
            graph.edges.iter().filter(|e| e.from.starts_with("bucket.") || e.from.starts_with("schedule."));
        assert_eq!(graph.edges.len(), members + triggers + brought.count(), "{name}: no edge is lost");
    }
}

#[test]
fn circles_survive() {
    let (_, text) = cases().pop().unwrap();
    let graph = graph("circles", &text);
    let has = |from: &str, to: &str| graph.edges.iter().any(|e| e.from == from && e.to == to);
    assert!(has("rule.again", "rule.again"), "an edge to itself");
    assert!(has("rule.ping", "rule.pong") && has("rule.pong", "rule.ping"), "a circle of two");
}

#[test]
fn names_cannot_break_out_of_their_quotes() {
    let text = r#"{ "version": 1, "name": "quotes",
        "events": { "odd": { "match": { "source": ["a\"]; x --> y", "<b>&amp;</b>", "back\\slash\\"] } } },
        "rules": { "r": { "when": "odd", "send": { "http": "https://example.com/?a=\"<script>&b='|`" } } } }"#;
    let [(_, mermaid), (_, dot), (_, svg), (_, json)] = formats(&graph("quotes.json", text));
    for line in mermaid.lines().filter(|line| line.contains('"')) {
        assert_eq!(line.matches('"').count() % 2, 0, "{line}");
        assert!(!line.contains('<') || line.contains("<br>"), "{line}");
        assert!(!line.contains("--> y") && !line.contains("script>"), "{line}");
    }
    for line in dot.lines() {
        let quotes = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
        assert_eq!(quotes % 2, 0, "{line}");
    }
    assert!(!svg.contains("<script") && !svg.contains("<b>"), "{svg}");
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
}

/// A workflow of `count` conditions in a row, each waiting for the first event too.
fn row(count: usize) -> String {
    let conditions: Vec<String> = (0..count)
        .map(|i| {
            let before = if i == 0 { "b".to_owned() } else { format!("c{}", i - 1) };
            format!("  c{i}: {{ all: [a, {before}], within: 1h }}\n")
        })
        .collect();
    format!(
        "version: 1\nname: row\nevents:\n  a: {{ match: {{ source: [a] }} }}\n  b: {{ match: {{ source: [b] }} }}\nconditions:\n{}",
        conditions.concat()
    )
}

#[test]
fn a_drawing_has_a_limit_and_the_other_formats_have_none() {
    let small = graph("row.yaml", &row(40));
    assert!(svg(&small).is_ok());
    let large = graph("row.yaml", &row(120));
    let refused = svg(&large).unwrap_err().to_string();
    assert!(refused.contains("5000") && refused.contains("--format dot"), "{refused}");
    assert!(mermaid(&large).lines().count() > 240 && dot(&large).lines().count() > 240);
}

/// Rectangles of a drawing: plates of labels and boxes of nodes, which must never lie on each other.
fn rectangles(svg: &str) -> Vec<[f64; 4]> {
    let value = |line: &str, name: &str| -> Option<f64> {
        line.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0.parse().ok()
    };
    let inside = svg.split_once("<g transform").unwrap().1;
    let rects = inside.split("<rect").skip(1).filter_map(|part| {
        let part = part.split_once('>')?.0;
        Some([value(part, "x")?, value(part, "y")?, value(part, "width")?, value(part, "height")?])
    });
    let legend = rects.clone().filter(|r| r[2] == 12.0 && r[3] == 12.0).count();
    let all: Vec<[f64; 4]> = rects.collect();
    all[..all.len() - legend].to_vec()
}

fn overlap(a: &[f64; 4], b: &[f64; 4]) -> bool {
    let apart = |i: usize| a[i] + a[i + 2] <= b[i] + 0.11 || b[i] + b[i + 2] <= a[i] + 0.11;
    !apart(0) && !apart(1)
}

/// A random workflow: conditions over events and earlier conditions, rules over anything, circles included.
fn random() -> impl Strategy<Value = String> {
    (
        1..9_usize,
        prop::collection::vec((any::<u8>(), any::<u8>()), 0..9),
        prop::collection::vec(any::<u8>(), 0..9),
    )
        .prop_map(|(events, conditions, rules)| {
            let mut text = String::from("version: 1\nname: random\nevents:\n");
            let mut names: Vec<String> = Vec::new();
            for i in 0..events {
                text.push_str(&format!("  e{i}: {{ match: {{ source: [s{i}] }} }}\n"));
                names.push(format!("e{i}"));
            }
            text.push_str("conditions:\n");
            for (i, (a, b)) in conditions.iter().enumerate() {
                let pick = |n: u8| names[usize::from(n) % names.len()].clone();
                let (a, b) = (pick(*a), pick(*b));
                let members = if a == b { a } else { format!("{a}, {b}") };
                text.push_str(&format!("  c{i}: {{ any: [{members}], within: 1h }}\n"));
                names.extend([format!("c{i}"), format!("c{i}.timeout")]);
            }
            let ends: Vec<String> =
                (0..rules.len()).flat_map(|i| [format!("r{i}.done"), format!("r{i}.failed")]).collect();
            names.extend(ends);
            text.push_str("rules:\n");
            for (i, when) in rules.iter().enumerate() {
                let when = &names[usize::from(*when) % names.len()];
                text.push_str(&format!("  r{i}: {{ when: {when}, send: {{ log: l{} }} }}\n", i % 3));
            }
            text.replace("conditions:\nrules", "rules").trim_end_matches("rules:\n").to_owned()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_lies_on_anything_else(text in random()) {
        let text = text.strip_suffix("conditions:\n").unwrap_or(&text).to_owned();
        let compiled = compile("random.yaml", &text);
        let Some(plan) = compiled.plan else { panic!("{text}\n{:?}", compiled.diagnostics) };
        let graph = Graph::of(&plan);
        let drawn = svg(&graph).unwrap();
        prop_assert_eq!(&drawn, &svg(&graph).unwrap());
        let all = rectangles(&drawn);
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                prop_assert!(!overlap(a, b), "{a:?} {b:?}\n{text}\n{drawn}");
            }
        }
    }
}
