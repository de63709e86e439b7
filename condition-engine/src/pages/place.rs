//! Where a page stands: its name, its children, its parent.

use std::fmt;

use fanin_event::Timestamp;

use crate::limits::{MAX_PAGE_DEPTH, MIN_PAGE_SPAN, PAGE_GROUP_BITS};

/// A page's or a group's place under its root. Its text form: `m17` the page of the 17th span of time, `g1.` and `h0.` its
/// groups, `n` the page of events without a time of their own; behind a `/` the children, a digit each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    top: Top,
    /// Hexadecimal digits.
    path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Top {
    Moment(i64),
    Group(i64),
    Groups(i64),
    NoMoment,
}

impl Place {
    pub(super) fn of_moment(own: Timestamp, span: u64) -> Place {
        let span = i64::try_from(span).unwrap_or(i64::MAX).max(1);
        Place { top: Top::Moment(own.0.div_euclid(span)), path: String::new() }
    }

    pub(super) fn of_no_moment() -> Place {
        Place { top: Top::NoMoment, path: String::new() }
    }

    /// The child to which `turn` leads; `None`: this is as deep as it goes.
    #[must_use]
    pub fn child(&self, turn: u64) -> Option<Place> {
        if self.path.len() >= MAX_PAGE_DEPTH {
            return None;
        }
        let shift = u32::try_from(self.path.len().saturating_mul(4)).unwrap_or(u32::MAX);
        let digit = turn.checked_shr(shift).unwrap_or(0) & 0xf;
        Some(Place { top: self.top, path: format!("{}{digit:x}", self.path) })
    }

    /// To whom it reports; `None`: to the root.
    #[must_use]
    pub fn parent(&self) -> Option<Place> {
        let mut path = self.path.clone();
        if path.pop().is_some() {
            return Some(Place { top: self.top, path });
        }
        let top = match self.top {
            Top::Moment(number) => Top::Group(number >> PAGE_GROUP_BITS),
            Top::Group(number) => Top::Groups(number >> PAGE_GROUP_BITS),
            Top::Groups(_) | Top::NoMoment => return None,
        };
        Some(Place { top, path })
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Place> {
        let (top, path) = text.split_once('/').unwrap_or((text, ""));
        let number = || top.get(1..)?.parse().ok();
        let top = match top.as_bytes().first()? {
            b'm' => Top::Moment(number()?),
            b'g' => Top::Group(number()?),
            b'h' => Top::Groups(number()?),
            b'n' => Top::NoMoment,
            _ => return None,
        };
        let digits = path.len() <= MAX_PAGE_DEPTH && path.bytes().all(|b| b.is_ascii_hexdigit());
        digits.then(|| Place { top, path: path.to_owned() })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.top {
            Top::Moment(number) => write!(f, "m{number}")?,
            Top::Group(number) => write!(f, "g{number}")?,
            Top::Groups(number) => write!(f, "h{number}")?,
            Top::NoMoment => f.write_str("n")?,
        }
        if self.path.is_empty() { Ok(()) } else { write!(f, "/{}", self.path) }
    }
}

/// The digits of an event on its way down from the page of its moment: of its time within `span`, as long as what a page
/// covers is longer than [`MIN_PAGE_SPAN`]; the others from `hash`.
pub(super) fn turn_of_moment(own: Timestamp, span: u64, hash: u64) -> u64 {
    let wide = i64::try_from(span).unwrap_or(i64::MAX).max(1);
    let mut within = u128::try_from(own.0.rem_euclid(wide)).unwrap_or(0);
    let (mut covers, mut turn, mut shift) = (u128::from(span.max(1)), 0_u64, 0_u32);
    while covers > u128::from(MIN_PAGE_SPAN) && shift < u64::BITS {
        // In sixteenths of what the page covers; what is left is measured in the same parts, so nothing is rounded.
        within = within.saturating_mul(16);
        let digit = within.checked_div(u128::from(span.max(1))).unwrap_or(0);
        within = within.checked_rem(u128::from(span.max(1))).unwrap_or(0);
        turn |= u64::try_from(digit & 0xf).unwrap_or(0).checked_shl(shift).unwrap_or(0);
        shift = shift.saturating_add(4);
        covers = covers.checked_div(16).unwrap_or(0);
    }
    turn | hash.checked_shl(shift).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_PAGE_SPAN;

    #[test]
    fn places_have_names_children_and_parents() {
        let page = Place::of_moment(Timestamp(-1), 1_000);
        assert_eq!(page.to_string(), "m-1");
        let child = page.child(0x2a).unwrap().child(0x2a).unwrap();
        assert_eq!(child.to_string(), "m-1/a2");
        for place in [&page, &child, &Place::of_no_moment(), &Place::of_no_moment().child(7).unwrap()] {
            let mut above = place.clone();
            let mut steps = 0;
            while let Some(parent) = above.parent() {
                assert_eq!(Place::parse(&above.to_string()).as_ref(), Some(&above));
                above = parent;
                steps += 1;
            }
            assert!(steps <= 4, "{place} is {steps} below the root");
        }
        let deep = (0..99).try_fold(page, |place, _| place.child(u64::MAX));
        assert!(deep.is_none(), "it ends somewhere");
        for wrong in ["", "x1", "m", "mx", "m1/xyz", "m1/00000000000000000"] {
            assert!(Place::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_way_down_is_by_time_while_a_page_is_long_and_then_by_identity() {
        let way = |own, span, hash| turn_of_moment(Timestamp(own), span, hash);
        // 32 s: sixteenths of 2 s, and these of 125 ms, which is short enough.
        assert_eq!(way(0, 32_000, 0xabc), 0xab_c00);
        assert_eq!(way(2_000, 32_000, 0xabc), 0xab_c01);
        assert_eq!(way(31_999, 32_000, 0), 0xff);
        assert_eq!(way(-1, 32_000, 0), 0xff, "before 1970");
        assert_eq!(way(64_000 + 2_125, 32_000, 0), 0x11);
        assert_eq!(way(999, MIN_PAGE_SPAN, 0xabc), 0xabc, "no longer than the least");
        assert_eq!(way(0, MAX_PAGE_SPAN, 1), 1 << 20, "a day has five digits");
        // Whoever happens in one moment goes one way as long as that is by time.
        let (one, other) = (way(77_777, 600_000, 1), way(77_777, 600_000, 2));
        assert_eq!(one & 0xfff, other & 0xfff);
        assert_ne!(one, other);
    }
}
