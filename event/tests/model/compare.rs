//! One comparison from bytes: the lines but the last are patterns, the last is an event.

use fanin_event::limits::MAX_JSON_DEPTH;
use fanin_event::{JsonError, Pattern, PatternId, PatternIndex, Scratch};

use super::{Json, Model};

/// Patterns taken of one input: more would only be slow.
const MOST_PATTERNS: usize = 8;
/// Bytes of a pattern and of an event: the model is slow.
const LONGEST: usize = 2_000;
/// Variants of an event that are compared after it.
const VARIANTS: usize = 27;

/// How often a trusted text comes again.
const ROUNDS: usize = 18;

/// What is said of an event.
type Found = Result<Vec<PatternId>, JsonError>;

/// Compares the index, in both of its ways to read, with the model. Panics where they differ.
pub(crate) fn compare(input: &[u8]) {
    let (head, event) = match input.iter().rposition(|byte| *byte == b'\n') {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (&input[..0], input),
    };
    let Ok(head) = std::str::from_utf8(head) else { return };
    let mut index = PatternIndex::new();
    let mut models = Vec::new();
    for line in head.lines().filter(|line| line.len() <= LONGEST).take(MOST_PATTERNS) {
        let Ok(pattern) = Pattern::parse(line) else { continue };
        let id = index.insert(pattern);
        if within_the_model(line) {
            models.push((Model::of(line), id));
        }
    }
    if event.len() > LONGEST {
        return;
    }
    let mut scratch = Scratch::new();
    let tree = std::str::from_utf8(event).ok().and_then(Json::read);
    let usable =
        tree.as_ref().is_some_and(|tree| matches!(tree, Json::Object(_)) && tree.depth() <= MAX_JSON_DEPTH);
    let found = index.matches(event, &mut scratch).map(<[_]>::to_vec);
    follow_up(&index, event, &found, &mut scratch);
    let Ok(found) = found else {
        assert!(!usable || too_intricate(event), "refused: {}", String::from_utf8_lossy(event));
        return;
    };
    let text = String::from_utf8_lossy(event);
    // Half of a surrogate pair is no character: the index takes the text, the model cannot say what it means.
    if !usable {
        assert!(text.contains("\\u"), "taken: {text}");
        return;
    }
    let trusted = index.matches_trusted(&text, &mut scratch).map(<[_]>::to_vec);
    assert_eq!(trusted.as_ref(), Ok(&found), "trusting and validating differ: {text}");
    trust(&index, &text);
    for (model, id) in &models {
        let expected = tree.as_ref().is_some_and(|tree| model.matches(tree));
        assert_eq!(found.contains(id), expected, "pattern {id:?} of\n{head}\non {text}");
    }
}

/// What was seen of an event must not change what is said of it when it comes again, nor of what is written much like it.
fn follow_up(index: &PatternIndex, event: &[u8], found: &Found, scratch: &mut Scratch) {
    let again = index.matches(event, scratch).map(<[_]>::to_vec);
    assert_eq!(again, *found, "again: {}", String::from_utf8_lossy(event));
    if event.is_empty() {
        return;
    }
    for n in 0..VARIANTS {
        let mut variant = event.to_vec();
        let at = event.len() * n / VARIANTS;
        match n % 3 {
            0 => drop(variant.remove(at)),
            1 => variant.insert(at, b"}],:\"0. {["[n / 3 % 9]),
            _ => variant[at] = b"]1}\"-{e,["[n / 3 % 9],
        }
        let anew = index.matches(&variant, &mut Scratch::new()).map(<[_]>::to_vec);
        let known = index.matches(&variant, scratch).map(<[_]>::to_vec);
        assert_eq!(
            known,
            anew,
            "{} after {}",
            String::from_utf8_lossy(&variant),
            String::from_utf8_lossy(event)
        );
    }
}

/// What a trusted text matches does not depend on how often it came, nor on how much follows what was asked for: past some bytes
/// the rest of a text is searched for names, and where that was in vain it is tried again only now and then.
fn trust(index: &PatternIndex, text: &str) {
    let Some(body) = text.trim_end().strip_suffix('}') else { return };
    let members = body.trim_start().strip_prefix('{').unwrap_or_default();
    let comma = if members.trim().is_empty() { "" } else { "," };
    let tail = format!("\"tail\":\"{}\"}}", "t".repeat(90));
    let variants =
        [text.to_owned(), format!("{body}{comma}{tail}"), format!("{body}{comma}{members}{comma}{tail}")];
    let plain =
        variants.each_ref().map(|v| index.matches(v.as_bytes(), &mut Scratch::new()).map(<[_]>::to_vec));
    let mut scratch = Scratch::new();
    for round in 0..ROUNDS {
        for (variant, plain) in variants.iter().zip(&plain).filter(|(_, plain)| plain.is_ok()) {
            let trusted = index.matches_trusted(variant, &mut scratch).map(<[_]>::to_vec);
            assert_eq!(trusted, *plain, "trusted for the {round}th time: {variant}");
        }
    }
}

/// A combinatorial search may be refused: only many elements of arrays make one.
fn too_intricate(event: &[u8]) -> bool {
    event.iter().filter(|byte| matches!(byte, b'[' | b'{')).count() > 20
}

/// The model does not know the older reading of `$or` as an ordinary name, nor halves of surrogate pairs.
fn within_the_model(pattern: &str) -> bool {
    !pattern.contains("$or") && !pattern.contains("\\u") && Json::read(pattern).is_some()
}
