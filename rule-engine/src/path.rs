//! A JSONPath, compiled once. Definite paths (names and indexes only) are walked without the query engine.

use jsonpath_rust::parser::model::{JpQuery, Segment, Selector};
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use serde_json::Value;

use crate::limits::{MAX_EXPRESSION_BYTES, MAX_PATH_DESCENTS};

/// A compiled JSONPath (RFC 9535), with one addition that EventBridge's field names ask for: a name after a dot may
/// contain `-`, so that `$.detail-type` needs no brackets.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Names and indexes from the root; of an indefinite path those before its first other part.
    steps: Vec<Step>,
    /// The whole query, unless `steps` says it all.
    query: Option<JpQuery>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Name(String),
    Index(i64),
}

/// A text that is no JSONPath, or one with too much work in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Not a JSONPath.
    #[error("`{path}` is not a JSONPath: {reason}")]
    Syntax {
        /// The text.
        path: String,
        /// What the parser says.
        reason: String,
    },
    /// Longer than [`MAX_EXPRESSION_BYTES`].
    #[error("a path of {bytes} bytes; at most {MAX_EXPRESSION_BYTES} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// More `..` than [`MAX_PATH_DESCENTS`].
    #[error("`{path}` has {descents} `..`; at most {MAX_PATH_DESCENTS} are allowed, name the way instead")]
    TooManyDescents {
        /// The text.
        path: String,
        /// How many.
        descents: usize,
    },
}

impl Path {
    /// Compiles `text`, which begins with `$`.
    ///
    /// # Errors
    /// [`PathError`]: not a JSONPath, too long, too many `..`.
    pub fn compile(text: &str) -> Result<Path, PathError> {
        if text.len() > MAX_EXPRESSION_BYTES {
            return Err(PathError::TooLong { bytes: text.len() });
        }
        let query = parse_json_path(&quote_names(text)).map_err(|error| PathError::Syntax {
            path: text.to_owned(),
            reason: first_line(&error.to_string()),
        })?;
        let descents =
            query.segments.iter().filter(|segment| matches!(segment, Segment::Descendant(_))).count();
        if descents > MAX_PATH_DESCENTS {
            return Err(PathError::TooManyDescents { path: text.to_owned(), descents });
        }
        let steps: Vec<Step> = query.segments.iter().map_while(step).collect();
        let definite = steps.len() == query.segments.len();
        Ok(Path { steps, query: (!definite).then_some(query) })
    }

    /// Whether the path names one place: then [`Path::find`] gives the value itself, else the list of all values.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        self.query.is_none()
    }

    /// The first name on the way.
    pub(crate) fn first_name(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// What the path finds in `root`, as ASL has it: the value at a definite path, the list of all values at an
    /// indefinite one (an empty list when a filter lets nothing through).
    ///
    /// `None` when there is nothing at a definite path, or at the definite beginning of an indefinite one.
    #[must_use]
    pub fn find(&self, root: &Value) -> Option<Value> {
        let place = self.walk(root)?;
        let Some(query) = &self.query else {
            return Some(place.clone());
        };
        let found = js_path_process(query, root).ok()?;
        Some(Value::Array(found.into_iter().map(|node| node.val().clone()).collect()))
    }

    fn walk<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(root, |value, step| match step {
            Step::Name(name) => value.as_object()?.get(name),
            Step::Index(index) => {
                let list = value.as_array()?;
                let from_start = match usize::try_from(*index) {
                    Ok(index) => index,
                    Err(_) => list.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
                };
                list.get(from_start)
            }
        })
    }
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Selector(Selector::Name(name)) => Some(Step::Name(name.clone())),
        Segment::Selector(Selector::Index(index)) => Some(Step::Index(*index)),
        _ => None,
    }
}

/// The parser draws a picture over several lines; its last line says what is wrong.
fn first_line(text: &str) -> String {
    match text.rsplit_once("= ") {
        Some((_, reason)) => reason.trim().to_owned(),
        None => text.lines().next().unwrap_or_default().to_owned(),
    }
}

/// Puts names that contain `-` into brackets and quotes, wherever a name may follow a dot.
fn quote_names(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().saturating_add(8));
    let mut rest = text;
    let mut string: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        match string {
            Some(_) if c == '\\' => {
                quoted.push(c);
                let escaped = after.chars().next();
                quoted.extend(escaped);
                rest = after.get(escaped.map_or(0, char::len_utf8)..).unwrap_or_default();
                continue;
            }
            Some(delimiter) if c == delimiter => string = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => string = Some(c),
            None if c == '.' => {
                let name = name_at(after);
                if name.contains('-') {
                    // `..['a']` keeps both dots, `.a` loses its only one.
                    quoted.push_str(if quoted.ends_with('.') { ".['" } else { "['" });
                    quoted.push_str(name);
                    quoted.push_str("']");
                    rest = after.get(name.len()..).unwrap_or_default();
                    continue;
                }
            }
            None => {}
        }
        quoted.push(c);
        rest = after;
    }
    quoted
}

fn name_at(text: &str) -> &str {
    let starts = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii());
    if !starts {
        return "";
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-' || !c.is_ascii()));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(path: &str, root: &Value) -> Option<Value> {
        Path::compile(path).unwrap().find(root)
    }

    #[test]
    fn definite_paths_give_the_value() {
        let root = json!({"a": {"b": [1, null, {"c-d": 3}]}, "detail-type": "T", "x y": 1});
        assert_eq!(find("$", &root), Some(root.clone()));
        assert_eq!(find("$.a.b[0]", &root), Some(json!(1)));
        assert_eq!(find("$.a.b[1]", &root), Some(Value::Null));
        assert_eq!(find("$.a.b[-1]", &root), Some(json!({"c-d": 3})));
        assert_eq!(find("$.a.b[2].c-d", &root), Some(json!(3)));
        assert_eq!(find("$['x y']", &root), Some(json!(1)));
        assert_eq!(find("$.detail-type", &root), Some(json!("T")));
        for nothing in ["$.b", "$.a.b[3]", "$.a.b[-4]", "$.a.b.c", "$.detail-type.x", "$.a[0]"] {
            assert_eq!(find(nothing, &root), None, "{nothing}");
        }
    }

    #[test]
    fn indefinite_paths_give_the_list() {
        let root = json!({"l": [{"n-n": 1, "k": "a"}, {"n-n": 2, "k": "b-c"}], "e": []});
        assert_eq!(find("$.l[*].n-n", &root), Some(json!([1, 2])));
        assert_eq!(find("$..n-n", &root), Some(json!([1, 2])));
        assert_eq!(find("$.l[?(@.n-n > 1)].k", &root), Some(json!(["b-c"])));
        assert_eq!(find("$.l[?@.k == 'b-c'].n-n", &root), Some(json!([2])));
        assert_eq!(find("$.l[?@.k == 'no.x-y']", &root), Some(json!([])));
        assert_eq!(find("$.l[0:1].k", &root), Some(json!(["a"])));
        assert_eq!(find("$.e[*]", &root), Some(json!([])));
        assert_eq!(find("$.missing[*]", &root), None);
        assert!(!Path::compile("$.l[*]").unwrap().is_definite());
        assert!(Path::compile("$.l[0]").unwrap().is_definite());
    }

    #[test]
    fn refuses() {
        for bad in ["", "a", "$.", "$.a.", "$[", "$$.a"] {
            assert!(matches!(Path::compile(bad), Err(PathError::Syntax { .. })), "{bad}");
        }
        assert!(Path::compile("$..a..b").is_ok());
        assert!(matches!(Path::compile("$..a..b..c"), Err(PathError::TooManyDescents { descents: 3, .. })));
        let long = format!("$.{}", "a".repeat(MAX_EXPRESSION_BYTES - 2));
        assert!(Path::compile(&long).is_ok());
        assert_eq!(
            Path::compile(&format!("{long}a")),
            Err(PathError::TooLong { bytes: MAX_EXPRESSION_BYTES + 1 })
        );
    }
}
