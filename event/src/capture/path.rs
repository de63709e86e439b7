//! Capture paths. Plain names ride on the scan; anything else is a JSONPath query over a tree.

use jsonpath_rust::parser::model::JpQuery;
use jsonpath_rust::parser::parse_json_path;

use super::error::{CaptureError, CapturePart};
use crate::limits::MAX_CAPTURE_PATH_BYTES;

/// A compiled path.
#[derive(Debug)]
pub(super) enum Path {
    /// Member names from the root, none with a dot.
    Names(Vec<String>),
    /// Indexes, slices, wildcards, filters, names with dots.
    Query(Box<JpQuery>),
}

const HELP: &str = "write $.detail.order, $['detail-type'] or $.detail.lines[0].id (JSONPath, RFC 9535)";

pub(super) fn parse(text: &str) -> Result<Path, CaptureError> {
    let fail = |offset, message: &str| Err(CaptureError::new(CapturePart::Path, offset, message, HELP));
    if text.len() > MAX_CAPTURE_PATH_BYTES {
        return fail(MAX_CAPTURE_PATH_BYTES, "the path is too long");
    }
    let Some(rest) = text.strip_prefix('$') else { return fail(0, "a path starts with `$`, the event") };
    if rest.is_empty() {
        return fail(0, "the whole event is no text");
    }
    if let Some(names) = plain_names(rest) {
        return Ok(Path::Names(names));
    }
    if let Some(offset) = split_name(text) {
        return fail(offset, "white space inside a name");
    }
    match parse_json_path(text) {
        Ok(query) => Ok(Path::Query(Box::new(query))),
        Err(_) => fail(reached(text), "not a JSONPath"),
    }
}

/// The names of `.name['other name']...`, if it is only that. A dash may stand in a `.name` (the standard wants
/// brackets for it), since it cannot mean anything else and the envelope has a `detail-type`.
fn plain_names(mut rest: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    while !rest.is_empty() {
        let (name, after) = if let Some(dotted) = rest.strip_prefix('.') {
            let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || !c.is_ascii();
            let end = dotted.find(|c| !part(c)).unwrap_or(dotted.len());
            let (name, after) = dotted.split_at_checked(end)?;
            name.starts_with(|c: char| !c.is_ascii_digit() && c != '-').then_some(())?;
            (name, after)
        } else {
            let (quote, quoted) = match rest.strip_prefix('[')?.trim_start() {
                inner if inner.starts_with('\'') => ('\'', inner.strip_prefix('\'')?),
                inner => ('"', inner.strip_prefix('"')?),
            };
            let (name, after) = quoted.split_once(quote)?;
            // A dot takes the other road, and so does an escape, which the standard's own parser reads.
            (!name.contains(['.', '\\'])).then_some(())?;
            (name, after.trim_start().strip_prefix(']')?)
        };
        names.push(name.to_owned());
        rest = after;
    }
    Some(names)
}

/// White space between two characters of a name, outside of brackets: the query parser would take it for part of it.
fn split_name(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    let mut before = '$';
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) => quote = (c != open || before == '\\').then_some(open),
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            _ if depth == 0 && before.is_alphanumeric() && c.is_whitespace() => {
                let next = text.get(at..).unwrap_or_default().trim_start();
                if next.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
                    return Some(at);
                }
            }
            _ => {}
        }
        before = c;
    }
    None
}

/// About where a path stops being one: the end of its longest start that is a path.
fn reached(text: &str) -> usize {
    let ends = text.char_indices().map(|(at, _)| at).skip(1);
    ends.filter(|end| text.get(..*end).is_some_and(|start| parse_json_path(start).is_ok()))
        .last()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Option<Vec<String>> {
        match parse(text).unwrap() {
            Path::Names(names) => Some(names),
            Path::Query(_) => None,
        }
    }

    #[test]
    fn plain_paths_are_names() {
        assert_eq!(names("$.detail.order").unwrap(), ["detail", "order"]);
        assert_eq!(names("$['detail-type'].a_1[\"b c\"]").unwrap(), ["detail-type", "a_1", "b c"]);
        assert_eq!(names("$.detail-type").unwrap(), ["detail-type"]);
        for query in ["$.a[0]", "$..a", "$.a[*].b", "$['a.b']", "$.a[?@.b == 1].c", r"$['a\'b']"] {
            assert_eq!(names(query), None, "{query}");
        }
    }

    #[test]
    fn mistakes_say_where() {
        for (text, offset) in
            [("detail", 0), ("$", 0), ("$.a.", 3), ("$.a[", 3), ("$.detail order", 8), ("$.1a", 1)]
        {
            let error = parse(text).unwrap_err();
            assert_eq!((error.offset, error.part), (offset, CapturePart::Path), "{text}: {error}");
        }
        assert!(parse(&format!("$.{}", "a".repeat(MAX_CAPTURE_PATH_BYTES - 2))).is_ok());
        assert!(parse(&format!("$.{}", "a".repeat(MAX_CAPTURE_PATH_BYTES - 1))).is_err());
    }
}
