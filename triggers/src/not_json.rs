//! What is wrong with a text that does not parse, in words for whoever sent it: what, where, and what to write.

use crate::codes;
use crate::decode::Rejected;
use crate::text::bounded;

/// The refusal of a text that does not parse, or whose members are not those of its form.
pub(crate) fn not_json(error: &serde_json::Error, body: &str) -> Rejected {
    let (code, reason) = if error.is_data() {
        (codes::BAD_FIELD, of_member(error, body))
    } else {
        (codes::NOT_JSON, format!("not JSON: {}", of_text(error, body)))
    };
    Rejected::whole(code, reason, body)
}

/// What the parser says, without the place.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

fn place(error: &serde_json::Error) -> String {
    format!("line {} column {}", error.line(), error.column())
}

/// The text before the place of an error, and from there on. The parser stands at or behind what it complains of.
fn around<'b>(error: &serde_json::Error, body: &'b str) -> (&'b str, &'b str) {
    let before: usize = body.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut at = before.saturating_add(error.column()).min(body.len());
    while !body.is_char_boundary(at) {
        at -= 1;
    }
    body.split_at(at)
}

fn of_text(error: &serde_json::Error, body: &str) -> String {
    let (said, place) = (said(error), place(error));
    let (before, after) = around(error, body);
    let begin = body.trim_start();
    if begin.is_empty() {
        return "there is nothing in it; send an event: {\"source\": \"shop\", \"detail-type\": \"Order\", \"detail\": {}}".to_owned();
    }
    if begin.starts_with('\u{feff}') {
        return "it begins with a byte order mark; send UTF-8 without one".to_owned();
    }
    if begin.starts_with('<') {
        return format!(
            "it begins with `{}`, as HTML or XML does; send a JSON object",
            bounded(begin, 20).lines().next().unwrap_or_default().trim_end()
        );
    }
    let begins_wrong = said == "expected value" && before.trim().len() <= 1;
    if begins_wrong && !begin.starts_with(['{', '[']) {
        let shown = bounded(begin, 20).lines().next().unwrap_or_default().trim_end();
        return format!("it begins with `{shown}`; send a JSON object: {{\"source\": ...}}");
    }
    if error.is_eof() {
        return format!(
            "it ends at {place} before it is complete; send all of it, each brace, bracket and quote closed"
        );
    }
    let (what, help) = in_words(&said, before, after);
    format!("{what} at {place}; {help}")
}

/// What it is in plain words, and what to do.
fn in_words<'s>(said: &'s str, before: &str, after: &str) -> (&'s str, &'static str) {
    let last = before.chars().next_back().unwrap_or_default();
    match said {
        "trailing comma" => ("a comma before the closing bracket", "leave it out"),
        "trailing characters" if last == '{' || last == '[' => (
            "a second document",
            "send several events as one list: [{...}, {...}], or each in a request of its own",
        ),
        "trailing characters" => ("something after the end of the event", "leave it out"),
        "key must be a string" if last == '/' => ("a comment", "leave it out; JSON has none"),
        "key must be a string" => ("a name without double quotes", "write \"source\": ..."),
        "expected value" => (
            "no JSON value",
            "write texts in double quotes; other words than true, false and null have no meaning",
        ),
        "invalid escape" => ("a backslash that escapes nothing", "write a backslash as \\\\"),
        "invalid number" => {
            ("a number as JSON does not write it", "write it without leading zeros, or as a text in quotes")
        }
        "expected `,` or `}`" | "expected `,` or `]`" => (
            "a comma or the closing bracket is missing",
            "write a comma between two members, and close each bracket",
        ),
        "recursion limit exceeded" => ("too many brackets inside each other", "send it flatter"),
        _ if said.starts_with("control character") && (last == '\0' || after.starts_with('\0')) => {
            ("a NUL character", "leave it out")
        }
        _ if said.starts_with("control character") => (
            "a line break or another control character inside a text",
            "write \\n for a line break and \\t for a tab",
        ),
        _ => (said, "send strict JSON"),
    }
}

/// A member that is missing, stands twice, or is of the wrong type.
fn of_member(error: &serde_json::Error, body: &str) -> String {
    let (said, place) = (said(error), place(error));
    let named = |prefix: &str| said.strip_prefix(prefix)?.split('`').next().map(str::to_owned);
    if let Some(name) = named("missing field `") {
        return format!(
            "`{name}` is missing in the object that ends at {place}; send it as the provider does"
        );
    }
    if let Some(name) = named("duplicate field `") {
        return format!("`{name}` stands twice, again at {place}; leave one of them out");
    }
    let Some((found, expected)) =
        said.strip_prefix("invalid type: ").and_then(|types| types.split_once(", expected "))
    else {
        return format!("a member is wrong at {place}: {said}; send it as the provider does");
    };
    let (before, _) = around(error, body);
    let member = name_before(before).map_or_else(|| "a member".to_owned(), |name| format!("`{name}`"));
    let (found, expected) = (plain(found), plain(expected));
    format!("{member} at {place} is {found} where {expected} must stand; write {expected} there")
}

/// The last name of a member in a text: `"name":`.
fn name_before(text: &str) -> Option<&str> {
    let (head, _) = text.rsplit_once("\":")?;
    head.rsplit_once('"').map(|(_, name)| name)
}

/// The parser's words for types in ours.
fn plain(kind: &str) -> &str {
    let word =
        kind.split([' ', '`']).find(|word| !matches!(*word, "" | "a" | "an" | "borrowed")).unwrap_or(kind);
    match word {
        "map" | "struct" => "an object",
        "sequence" => "a list",
        "string" | "str" => "a text in quotes",
        "integer" | "floating" | "u64" | "i64" | "f64" => "a number",
        "boolean" => "true or false",
        "null" | "unit" => "null",
        _ => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_before_a_place_is_found() {
        assert_eq!(name_before(r#"{"a":1,"Detail":{"#), Some("Detail"));
        assert_eq!(name_before("{"), None);
        assert_eq!(
            (plain("map"), plain("a borrowed string"), plain("struct Data")),
            ("an object", "a text in quotes", "an object")
        );
    }
}
