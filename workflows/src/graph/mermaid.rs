//! The graph as a Mermaid flowchart, as READMEs and wikis draw it.

use super::{Edge, Graph, Node, NodeKind};

/// Colours that can be read on light and on dark: dark text on a filled shape.
const CLASSES: [(NodeKind, &str); 8] = [
    (NodeKind::Bucket, "fill:#e8eaed,stroke:#5f6368,color:#202124"),
    (NodeKind::Schedule, "fill:#e8eaed,stroke:#5f6368,color:#202124"),
    (NodeKind::Event, "fill:#dbeafe,stroke:#2563eb,color:#172554"),
    (NodeKind::Condition, "fill:#fef3c7,stroke:#b45309,color:#451a03"),
    (NodeKind::Rule, "fill:#dcfce7,stroke:#15803d,color:#052e16"),
    (NodeKind::Caught, "fill:#fee2e2,stroke:#b91c1c,color:#450a0a"),
    (NodeKind::Function, "fill:#ede9fe,stroke:#6d28d9,color:#2e1065"),
    (NodeKind::Target, "fill:#fce7f3,stroke:#be185d,color:#500724"),
];

/// The text of a flowchart, with a line feed at its end.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    for (place, node) in graph.nodes.iter().enumerate() {
        text.push_str(&format!("  n{place}{}:::{}\n", shape(node), node.kind.word()));
    }
    for (edge, (from, to)) in graph.edges.iter().zip(graph.ends()) {
        text.push_str(&format!("  n{from} {} n{to}\n", arrow(edge)));
    }
    for (kind, style) in CLASSES {
        if graph.nodes.iter().any(|node| node.kind == kind) {
            text.push_str(&format!("  classDef {} {style}\n", kind.word()));
        }
    }
    text
}

fn shape(node: &Node) -> String {
    let lines: Vec<String> =
        std::iter::once(&node.name).chain(&node.details).map(|line| escape(line)).collect();
    let label = lines.join("<br>");
    match node.kind {
        NodeKind::Bucket => format!("[(\"{label}\")]"),
        NodeKind::Schedule => format!("((\"{label}\"))"),
        NodeKind::Event | NodeKind::Caught => format!("([\"{label}\"])"),
        NodeKind::Condition => format!("{{{{\"{label}\"}}}}"),
        NodeKind::Rule => format!("[\"{label}\"]"),
        NodeKind::Function => format!("[[\"{label}\"]]"),
        NodeKind::Target => format!("[/\"{label}\"/]"),
    }
}

fn arrow(edge: &Edge) -> String {
    let line = if edge.dashed() { "-.->" } else { "-->" };
    if edge.label.is_empty() { line.to_owned() } else { format!("{line}|\"{}\"|", escape(&edge.label)) }
}

/// Inside quotes only the quote ends a text, but the text is read as HTML and as Markdown afterwards: whatever has a
/// meaning there is written as its number.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_alphanumeric() || " .,:/-+=()_$?*{}[]·".contains(c) => out.push(c),
            c if c.is_control() => out.push(' '),
            c => out.push_str(&format!("#{};", u32::from(c))),
        }
    }
    // A number and a full stop at the beginning would be read as a list.
    match out.split_once(". ") {
        Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => format!("{number}#46; {rest}"),
        _ => out,
    }
}
