//! The graph in the language of Graphviz.

use super::{Edge, Graph, Node, NodeKind};

/// The text of a `digraph`, with a line feed at its end.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let mut text = format!("digraph {} {{\n", quote(&graph.workflow));
    text.push_str("  rankdir=LR;\n  bgcolor=\"transparent\";\n");
    text.push_str("  node [fontname=\"Helvetica\", fontsize=11, style=\"filled\"];\n");
    text.push_str("  edge [fontname=\"Helvetica\", fontsize=9, color=\"#6b7280\", fontcolor=\"#6b7280\"];\n");
    for node in &graph.nodes {
        text.push_str(&format!("  {} [label={}, {}];\n", quote(&node.id), label(node), look(node.kind)));
    }
    for edge in &graph.edges {
        text.push_str(&format!("  {} -> {}{};\n", quote(&edge.from), quote(&edge.to), attributes(edge)));
    }
    text.push_str("}\n");
    text
}

fn label(node: &Node) -> String {
    let lines: Vec<&str> =
        std::iter::once(node.name.as_str()).chain(node.details.iter().map(String::as_str)).collect();
    quote(&lines.join("\n"))
}

fn look(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Bucket => r##"shape=cylinder, fillcolor="#e8eaed", color="#5f6368""##,
        NodeKind::Schedule => r##"shape=circle, fillcolor="#e8eaed", color="#5f6368""##,
        NodeKind::Event => r##"shape=box, style="filled,rounded", fillcolor="#dbeafe", color="#2563eb""##,
        NodeKind::Condition => r##"shape=hexagon, fillcolor="#fef3c7", color="#b45309""##,
        NodeKind::Rule => r##"shape=box, fillcolor="#dcfce7", color="#15803d""##,
        NodeKind::Caught => r##"shape=box, style="filled,rounded", fillcolor="#fee2e2", color="#b91c1c""##,
        NodeKind::Function => r##"shape=component, fillcolor="#ede9fe", color="#6d28d9""##,
        NodeKind::Target => r##"shape=cds, fillcolor="#fce7f3", color="#be185d""##,
    }
}

fn attributes(edge: &Edge) -> String {
    let mut parts = Vec::new();
    if !edge.label.is_empty() {
        parts.push(format!("label={}", quote(&edge.label)));
    }
    if edge.dashed() {
        parts.push("style=\"dashed\"".to_owned());
    }
    if parts.is_empty() { String::new() } else { format!(" [{}]", parts.join(", ")) }
}

/// A quoted text. A line feed becomes the escape for one; a backslash is doubled, for labels give it a meaning.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
