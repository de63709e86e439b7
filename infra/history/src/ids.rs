//! What a person writes to name an event: its id, its identity, or enough of either.

use fanin_event::Identity;

/// Characters that a part of an id has to have at least.
const LEAST: usize = 4;

/// An id as it was asked for: whole (an envelope's id, a UUID, 32 hex digits), its beginning, or `018f..c2`, its beginning
/// and end.
#[derive(Clone, Debug)]
pub struct IdAsked {
    text: String,
    /// Beginning and end, where it has that form.
    ends: Option<(String, String)>,
    /// Hex digits of beginning and end, where it could be part of an identity.
    digits: Option<(Vec<u8>, Vec<u8>)>,
}

/// How well an id fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// A part of it was given.
    Part,
    /// It is the one.
    Whole,
}

impl IdAsked {
    /// Reads what was asked for; none when it is too short to name anything.
    #[must_use]
    pub fn read(text: &str) -> Option<IdAsked> {
        let text = text.trim().to_owned();
        let split = text.split_once("..").filter(|(head, tail)| !head.is_empty() && !tail.is_empty());
        let ends = split.map(|(head, tail)| (head.to_owned(), tail.to_owned()));
        if text.is_empty() || ends.as_ref().is_some_and(|(head, _)| head.chars().count() < LEAST) {
            return None;
        }
        let digits = match &ends {
            Some((head, tail)) => digits(head).zip(digits(tail)),
            None => digits(&text).map(|head| (head, Vec::new())),
        };
        let digits = digits.filter(|(head, tail)| head.len() >= LEAST && head.len() + tail.len() <= 32);
        Some(IdAsked { text, ends, digits })
    }

    /// What was asked for.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How well an event fits: by the id that its sender wrote, or by its identity, which is asked for only if it could.
    pub fn fit(&self, id: &str, identity: impl FnOnce() -> Identity) -> Option<Fit> {
        if id == self.text {
            return Some(Fit::Whole);
        }
        let by_id = match &self.ends {
            Some((head, tail)) => {
                id.len() >= head.len() + tail.len() && id.starts_with(head) && id.ends_with(tail)
            }
            None => self.text.chars().count() >= LEAST && id.starts_with(&self.text),
        };
        match &self.digits {
            Some(asked) => fits(asked, identity()).max(by_id.then_some(Fit::Part)),
            None => by_id.then_some(Fit::Part),
        }
    }
}

/// The values of hex digits; dashes, as in UUIDs, do not count. None: it is something else.
fn digits(text: &str) -> Option<Vec<u8>> {
    let hex = text.bytes().filter(|byte| *byte != b'-');
    hex.map(|byte| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect()
}

/// Compares digit by digit. Two digits of the UUID form stand for its kind; there either form will do.
fn fits((head, tail): &(Vec<u8>, Vec<u8>), identity: Identity) -> Option<Fit> {
    let nibbles = |bytes: [u8; 16]| bytes.into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let mut uuid = identity.0;
    let [_, _, _, _, _, _, six, _, eight, ..] = &mut uuid;
    *six = (*six & 0x0f) | 0x80;
    *eight = (*eight & 0x3f) | 0x80;
    let same = |asked: &u8, (bits, form): (u8, u8)| *asked == bits || *asked == form;
    let both: Vec<(u8, u8)> = nibbles(identity.0).zip(nibbles(uuid)).collect();
    let begins = head.iter().zip(&both).all(|(asked, place)| same(asked, *place));
    let ends = tail.iter().rev().zip(both.iter().rev()).all(|(asked, place)| same(asked, *place));
    (begins && ends).then_some(if head.len() == 32 { Fit::Whole } else { Fit::Part })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(asked: &str, id: &str, identity: Identity) -> Option<Fit> {
        IdAsked::read(asked)?.fit(id, || identity)
    }

    #[test]
    fn an_event_is_named_in_every_form() {
        let identity = Identity::of(&["shop", "o-1"]);
        let uuid = identity.to_uuid();
        let hex = format!("{:032x}", u128::from_be_bytes(identity.0));
        for whole in ["o-1", &uuid, &hex, &uuid.to_uppercase(), &format!(" {uuid} ")] {
            assert_eq!(fit(whole, "o-1", identity), Some(Fit::Whole), "{whole}");
        }
        let short = format!("{}..{}", &uuid[..4], &uuid[34..]);
        for part in [&uuid[..4], &uuid[..20], &hex[..14], &short] {
            assert_eq!(fit(part, "o-1", identity), Some(Fit::Part), "{part}");
        }
        assert_eq!(fit("orde", "order-77", identity), Some(Fit::Part));
        assert_eq!(fit("orde..77", "order-77", identity), Some(Fit::Part));
    }

    #[test]
    fn what_does_not_fit() {
        let identity = Identity::of(&["shop", "o-1"]);
        let uuid = identity.to_uuid();
        for other in ["o-", "o-2", "xyz", &uuid[..3], "orde..78", "zzzz..zz"] {
            assert_eq!(fit(other, "order-77", identity), None, "{other}");
        }
        assert!(IdAsked::read("").is_none() && IdAsked::read("ab..c").is_none());
        let tail = if uuid.ends_with('0') { "1" } else { "0" };
        assert_eq!(fit(&format!("{}..{tail}", &uuid[..4]), "x", identity), None);
        assert_eq!(fit("orderorder..order", "order", identity), None, "ends may not overlap");
    }
}
