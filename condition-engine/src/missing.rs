//! What a round lacked when it ended, or lacks now.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::json::push_string;

/// What is missing. As JSON: a list of names, a number, or null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Missing {
    /// The names not seen (in a `sequence`: for which no event follows the ones before).
    Names(Vec<Arc<str>>),
    /// `count`: how many more.
    More(u64),
    /// `count` whose `reach` is not known yet.
    Unknown,
}

impl Missing {
    /// Appends the JSON form.
    pub(crate) fn push(&self, out: &mut String) {
        match self {
            Missing::Names(names) => {
                out.push('[');
                for (i, name) in names.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    push_string(out, name);
                }
                out.push(']');
            }
            Missing::More(number) => out.push_str(&number.to_string()),
            Missing::Unknown => out.push_str("null"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_json_forms_are_the_same() {
        for (missing, text) in [
            (Missing::Names(vec![]), "[]"),
            (Missing::Names(vec![Arc::from("paid"), Arc::from("packed")]), r#"["paid","packed"]"#),
            (Missing::More(3), "3"),
            (Missing::Unknown, "null"),
        ] {
            let mut out = String::new();
            missing.push(&mut out);
            assert_eq!(out, text);
            assert_eq!(serde_json::to_string(&missing).unwrap(), text);
            assert_eq!(serde_json::from_str::<Missing>(text).unwrap(), missing);
        }
    }
}
