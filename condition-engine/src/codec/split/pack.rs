//! Numbers, moments and prints in few bytes.

use fanin_event::Timestamp;

use crate::print::Print;

/// Says that the print of a value is given whole.
const WHOLE: u8 = 0xff;

/// Appends `number`: seven bits a byte, the lowest first.
pub(super) fn number(mut number: u64, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Appends how far `at` is from `before`, which it then is itself.
pub(super) fn moment(at: Timestamp, before: &mut Timestamp, out: &mut Vec<u8>) {
    let step = at.0.wrapping_sub(before.0);
    // Small steps either way make small numbers.
    number(((step << 1) ^ (step >> 63)).cast_unsigned(), out);
    *before = at;
}

/// Appends the print of a value: a short value is its own print.
pub(super) fn value(print: Print, out: &mut Vec<u8>) {
    let [text @ .., length] = print.0;
    let (short, rest) = text.split_at(usize::from(length).min(text.len()));
    if usize::from(length) <= text.len() && rest.iter().all(|byte| *byte == 0) {
        out.push(length);
        out.extend_from_slice(short);
    } else {
        out.push(WHOLE);
        out.extend_from_slice(&print.0);
    }
}

/// Reads what the functions above wrote. `None`: it was something else.
pub(super) struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { left: bytes }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.left.len()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, left) = self.left.split_first()?;
        self.left = left;
        Some(*first)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(taken)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// How many of something follow. Each takes a byte at least, so a damaged number does not make us reserve much.
    pub(super) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.left()).then_some(count)
    }

    pub(super) fn moment(&mut self, before: &mut Timestamp) -> Option<Timestamp> {
        let folded = self.number()?;
        let step = (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed();
        *before = Timestamp(before.0.wrapping_add(step));
        Some(*before)
    }

    pub(super) fn print(&mut self) -> Option<Print> {
        self.bytes(16)?.try_into().ok().map(Print)
    }

    pub(super) fn value(&mut self) -> Option<Print> {
        let length = self.byte()?;
        if length == WHOLE {
            return self.print();
        }
        let text = self.bytes(usize::from(length))?;
        let mut print = [0; 16];
        let [to @ .., last] = &mut print;
        if text.len() > to.len() {
            return None;
        }
        to.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        *last = length;
        Some(Print(print))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn everything_comes_back(numbers in prop::collection::vec(any::<u64>(), 0..9), moments in prop::collection::vec(any::<i64>(), 0..9), prints in prop::collection::vec(any::<[u8; 16]>(), 0..9), texts in prop::collection::vec(".{0,20}", 0..9)) {
            let values: Vec<Print> = prints.into_iter().map(Print).chain(texts.iter().map(|t| Print::of_value(t))).collect();
            let mut out = Vec::new();
            numbers.iter().for_each(|n| number(*n, &mut out));
            let mut before = Timestamp(0);
            moments.iter().for_each(|at| moment(Timestamp(*at), &mut before, &mut out));
            values.iter().for_each(|v| value(*v, &mut out));
            let mut reader = Reader::new(&out);
            for n in numbers {
                prop_assert_eq!(reader.number(), Some(n));
            }
            let mut before = Timestamp(0);
            for at in moments {
                prop_assert_eq!(reader.moment(&mut before), Some(Timestamp(at)));
            }
            for v in values {
                prop_assert_eq!(reader.value(), Some(v));
            }
            prop_assert_eq!(reader.left(), 0);
        }

        #[test]
        fn noise_is_none_or_something_never_a_panic(noise in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut reader = Reader::new(&noise);
            while reader.value().is_some() && reader.number().is_some() && reader.count().is_some() {}
        }
    }

    #[test]
    fn a_short_value_takes_its_own_length_and_one() {
        let mut out = Vec::new();
        value(Print::of_value("17"), &mut out);
        assert_eq!(out, [2, b'1', b'7']);
    }
}
