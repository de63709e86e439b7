//! Texts without the ids that fanin makes: these contain the version of a condition, so they differ where nothing else does.

use std::hash::Hasher;

/// Length of a UUID in text.
const UUID: usize = 36;

/// The text cut at every UUID of version 8: the form of derived ids.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match find(text) {
            Some(at) => {
                rest = text.get(at + UUID..);
                text.get(..at)
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
}

/// Where the first such UUID begins. Found by its third dash, which is the rarest part of JSON text.
fn find(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(found) = bytes.get(from..)?.windows(2).position(|two| two == b"-8") {
        let dash = from + found;
        if let Some(start) = dash.checked_sub(13)
            && bytes.get(start..start + UUID).is_some_and(is_derived_id)
        {
            return Some(start);
        }
        from = dash + 1;
    }
    None
}

fn is_derived_id(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        14 => *byte == b'8',
        19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(byte),
    })
}

/// Whether two texts are the same but for such ids.
pub(super) fn same(old: &str, new: &str) -> bool {
    old == new || pieces(old).eq(pieces(new))
}

/// A fingerprint of the text without such ids.
pub(super) fn digest(text: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    for piece in pieces(text) {
        hasher.write(piece.as_bytes());
        hasher.write_u8(0xff);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fanin_event::Identity;

    #[test]
    fn derived_ids_do_not_count_and_everything_else_does() {
        let (a, b) = (Identity::of(&["a"]).to_uuid(), Identity::of(&["b"]).to_uuid());
        let text = |id: &str, n: u32| format!(r#"{{"id":"{id}","n":{n},"x":"-8-{id}-8"}}"#);
        assert!(same(&text(&a, 1), &text(&b, 1)));
        assert!(!same(&text(&a, 1), &text(&b, 2)));
        assert_eq!(digest(&text(&a, 1)), digest(&text(&b, 1)));
        assert_ne!(digest(&text(&a, 1)), digest(&text(&a, 2)));
        // Not version 8: somebody else's id.
        let other = "018f2a10-7c00-7abc-9def-0123456789c2";
        assert!(!same(&text(other, 1), &text(&a, 1)));
        assert_eq!(pieces("").collect::<Vec<_>>(), [""]);
        assert_eq!(pieces(&a).collect::<Vec<_>>(), ["", ""]);
        assert_eq!(pieces("ä-8ä").collect::<Vec<_>>(), ["ä-8ä"]);
    }
}
