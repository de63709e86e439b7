//! The entries of a pattern's lists: literals and operators, with all their rules of validity.

use super::compile::broken;
use super::fold::Folded;
use super::glob::{Glob, GlobError};
use super::ip::{Address, Block};
use super::matcher::Range;
use super::number::comparable;
use super::{Excluded, Matcher, PatternError};
use crate::json::tree::{Json, Member, Node};

const OPERATORS: &str = "exactly, prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, exists and cidr are operators";

/// Reads one entry of a list.
pub(super) fn matcher(json: &Json) -> Result<Matcher, PatternError> {
    match &json.node {
        Node::Null => Ok(Matcher::Null),
        Node::Bool(true) => Ok(Matcher::True),
        Node::Bool(false) => Ok(Matcher::False),
        Node::Number(text) => Ok(match comparable(text.as_bytes()) {
            Some(n) => Matcher::Number(n, text.as_str().into()),
            None => Matcher::NumberText(text.as_str().into()),
        }),
        Node::Text(_) => {
            let text = string(json, "a value")?;
            Ok(match Address::parse(text.as_bytes()) {
                Some(address) => Matcher::Address(address, text.into()),
                None => Matcher::Text(text.into()),
            })
        }
        Node::Array(_) => Err(PatternError::new(
            json.at,
            "a list inside a list",
            "an event's lists are looked into by themselves",
        )),
        Node::Object(members) => {
            let (name, value) = only(json.at, members)?;
            operator(name, value)
        }
    }
}

/// The one member of an operator's object.
fn only(at: usize, members: &[Member]) -> Result<(&Member, &Json), PatternError> {
    match members {
        [member] => Ok((member, &member.value)),
        [] => Err(PatternError::new(at, "an operator is missing", OPERATORS)),
        [_, second, ..] => {
            let help = "write each operator in its own object: [{...}, {...}] is one or the other";
            Err(PatternError::new(second.at, "two operators in one object", help))
        }
    }
}

fn operator(name: &Member, value: &Json) -> Result<Matcher, PatternError> {
    match name.name.text.as_str() {
        "exactly" => Ok(Matcher::Text(string(value, "`exactly`")?.into())),
        "prefix" => Ok(match ignoring_case(value)? {
            Some(folded) => Matcher::PrefixFold(folded),
            None => Matcher::Prefix(string(value, "`prefix`")?.into()),
        }),
        "suffix" => Ok(match ignoring_case(value)? {
            Some(folded) => Matcher::SuffixFold(folded),
            None => Matcher::Suffix(string(value, "`suffix`")?.into()),
        }),
        "equals-ignore-case" => Ok(Matcher::EqualFold(Folded::new(string(value, "`equals-ignore-case`")?))),
        "wildcard" => Ok(Matcher::Wildcard(glob(value)?)),
        "numeric" => Ok(Matcher::Numeric(numeric(value)?)),
        "exists" => match value.node {
            Node::Bool(true) => Ok(Matcher::Exists),
            Node::Bool(false) => Ok(Matcher::Absent),
            _ => Err(PatternError::new(value.at, "`exists` is true or false", "write {\"exists\": true}")),
        },
        "cidr" => cidr(value),
        "anything-but" => Ok(Matcher::AnythingBut(excluded(value)?)),
        other => Err(PatternError::new(name.at, format!("there is no operator `{other}`"), OPERATORS)),
    }
}

fn string<'a>(json: &'a Json, what: &str) -> Result<&'a str, PatternError> {
    match &json.node {
        Node::Text(text) if text.broken => Err(broken(json.at)),
        Node::Text(text) => Ok(&text.text),
        _ => {
            let help = "write one string; several are several entries of the list";
            Err(PatternError::new(json.at, format!("{what} needs a string"), help))
        }
    }
}

/// `{"equals-ignore-case": "..."}` inside prefix or suffix.
fn ignoring_case(value: &Json) -> Result<Option<Folded>, PatternError> {
    let Node::Object(members) = &value.node else { return Ok(None) };
    let (name, inner) = only(value.at, members)?;
    if name.name.text != "equals-ignore-case" {
        let message = format!("`{}` cannot stand here", name.name.text);
        return Err(PatternError::new(name.at, message, "a string or {\"equals-ignore-case\": \"...\"} can"));
    }
    Ok(Some(Folded::new(string(inner, "`equals-ignore-case`")?)))
}

fn glob(json: &Json) -> Result<Glob, PatternError> {
    let text = string(json, "`wildcard`")?;
    Glob::parse(text).map_err(|e| match e {
        GlobError::Stars(at) => {
            let message = format!("two `*` side by side in the wildcard, at its byte {at}");
            PatternError::new(
                json.at,
                message,
                "one `*` already stands for any text; `\\\\*` is a star itself",
            )
        }
        GlobError::Escape(at) => {
            let message = format!("a backslash in the wildcard escapes nothing, at its byte {at}");
            PatternError::new(json.at, message, "`\\\\*` is a star and `\\\\\\\\` a backslash in JSON")
        }
    })
}

const NUMERIC_HELP: &str =
    "write [\"=\", 5], [\">\", 0] or [\">=\", 0, \"<\", 10]: lower bound first, below the upper one";

fn numeric(json: &Json) -> Result<Range, PatternError> {
    let fail = |at: usize, message: &str| Err(PatternError::new(at, message, NUMERIC_HELP));
    let Node::Array(list) = &json.node else { return fail(json.at, "`numeric` needs a list") };
    match list.as_slice() {
        [op, n] => {
            let (op, n) = (sign(op)?, number(n)?);
            let all = Range { low: f64::NEG_INFINITY, low_in: true, high: f64::INFINITY, high_in: true };
            match op {
                "=" => Ok(Range { low: n, high: n, ..all }),
                ">" => Ok(Range { low: n, low_in: false, ..all }),
                ">=" => Ok(Range { low: n, ..all }),
                "<" => Ok(Range { high: n, high_in: false, ..all }),
                "<=" => Ok(Range { high: n, ..all }),
                _ => fail(json.at, "the comparison is one of = < <= > >="),
            }
        }
        [low_op, low, high_op, high] => {
            let (low_op, low, high_op, high) = (sign(low_op)?, number(low)?, sign(high_op)?, number(high)?);
            if !matches!(low_op, ">" | ">=") || !matches!(high_op, "<" | "<=") {
                return fail(json.at, "a range is > or >= and then < or <=");
            }
            if low >= high {
                return fail(json.at, "the range is empty or a single number");
            }
            Ok(Range { low, low_in: low_op == ">=", high, high_in: high_op == "<=" })
        }
        _ => fail(json.at, "`numeric` needs one comparison or two"),
    }
}

fn sign(json: &Json) -> Result<&str, PatternError> {
    match &json.node {
        Node::Text(text) => Ok(&text.text),
        _ => Err(PatternError::new(json.at, "the comparison is a string", NUMERIC_HELP)),
    }
}

fn number(json: &Json) -> Result<f64, PatternError> {
    let Node::Number(text) = &json.node else {
        return Err(PatternError::new(json.at, "a number must stand here", NUMERIC_HELP));
    };
    comparable(text.as_bytes()).ok_or_else(|| {
        let message = format!("{text} is not exact as a 64-bit float, so nothing can be compared with it");
        PatternError::new(json.at, message, "write at most 15 digits, or compare it as a string")
    })
}

fn cidr(json: &Json) -> Result<Matcher, PatternError> {
    let text = string(json, "`cidr`")?;
    match Block::parse(text) {
        Some(block) => Ok(Matcher::Cidr(block, text.into())),
        None => {
            let help =
                "write 10.0.0.0/8 (0 to 31 bits) or 2001:db8::/32 (0 to 127); one address is a plain string";
            let error = PatternError::new(json.at, format!("`{text}` is no address block"), help);
            Err(PatternError { retry: false, ..error })
        }
    }
}

const BUT_HELP: &str = "write a string, a number, a list of only strings or only numbers, or an object with one of \
    prefix, suffix, equals-ignore-case and wildcard";

fn excluded(json: &Json) -> Result<Excluded, PatternError> {
    match &json.node {
        Node::Text(_) => Ok(Excluded::Texts(Box::new([string(json, "`anything-but`")?.into()]))),
        Node::Number(_) => Ok(Excluded::Numbers(Box::new([number(json)?]))),
        Node::Array(list) => match list.first().map(|first| &first.node) {
            Some(Node::Text(_)) => {
                let texts = list.iter().map(|j| string(j, "a list of strings").map(Into::into));
                Ok(Excluded::Texts(texts.collect::<Result<_, _>>()?))
            }
            Some(Node::Number(_)) => {
                Ok(Excluded::Numbers(list.iter().map(number).collect::<Result<_, _>>()?))
            }
            _ => Err(PatternError::new(json.at, "`anything-but` cannot exclude this", BUT_HELP)),
        },
        Node::Object(members) => {
            let (name, value) = only(json.at, members)?;
            excluded_by(name, value)
        }
        Node::Null | Node::Bool(_) => {
            Err(PatternError::new(json.at, "`anything-but` cannot exclude this", BUT_HELP))
        }
    }
}

fn excluded_by(name: &Member, value: &Json) -> Result<Excluded, PatternError> {
    let list = match &value.node {
        Node::Array(list) if list.is_empty() => {
            return Err(PatternError::new(value.at, "an empty list excludes nothing", BUT_HELP));
        }
        Node::Array(list) => list.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let what = format!("`{}`", name.name.text);
    let affix = |json: &Json| match string(json, &what)? {
        "" => Err(PatternError::new(json.at, format!("an empty {what} excludes every string"), BUT_HELP)),
        text => Ok(text.into()),
    };
    Ok(match name.name.text.as_str() {
        "prefix" => Excluded::Prefixes(list.iter().map(affix).collect::<Result<_, _>>()?),
        "suffix" => Excluded::Suffixes(list.iter().map(affix).collect::<Result<_, _>>()?),
        "equals-ignore-case" => {
            let folds = list.iter().map(|j| string(j, &what).map(Folded::new));
            Excluded::Folds(folds.collect::<Result<_, _>>()?)
        }
        "wildcard" => Excluded::Globs(list.iter().map(glob).collect::<Result<_, _>>()?),
        other => {
            let message = format!("`anything-but` cannot exclude by `{other}`");
            return Err(PatternError::new(name.at, message, BUT_HELP));
        }
    })
}
