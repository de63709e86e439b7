//! What grows in an instance, as bytes: a chunk, or the tail in its head.
//!
//! `[format, min_reader, how, body]`; the body is four lists, each with its length: seen ids, distinct values, entries of a
//! sliding window, and to the end, deflated if that is shorter, members. Moments stand as steps from the one before; the print of
//! a short value as its text; the tag of a member, mostly one of the ids beside it, as the place of that.

use fanin_event::Timestamp;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use super::pack::{self, Reader};
use crate::codec::CodecError;
use crate::collected::Collected;
use crate::limits::MAX_UNPACKED_BYTES;
use crate::print::Print;
use crate::stamped::Stamped;

/// The format of a chunk this binary writes.
pub(super) const CHUNK_FORMAT: u8 = 1;
/// The members stand as they are.
const PLAIN: u8 = 0;
/// The members are deflated.
const DEFLATED: u8 = 1;
/// How hard to try: the tenth of a second counts more than the last percent.
const LEVEL: u8 = 6;

/// The growing parts, or some more of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bulk {
    pub(super) ids: Vec<Stamped>,
    pub(super) values: Vec<Stamped>,
    pub(super) entries: Vec<Stamped>,
    pub(super) members: Vec<Collected>,
}

/// Bytes of the four lists.
pub(super) type Sizes = [usize; 4];

impl Bulk {
    /// Its bytes, and the bytes of each list in them. The same lists make the same bytes.
    pub(super) fn pack(&self) -> (Vec<u8>, Sizes) {
        let mut body = Vec::new();
        let mut sizes = [0; 4];
        let mut before = Timestamp(0);
        let mut from = 0;
        let mut mark = |body: &Vec<u8>, size: &mut usize| {
            *size = body.len() - from;
            from = body.len();
        };
        let [ids, values, entries, members] = &mut sizes;
        pack::number(self.ids.len() as u64, &mut body);
        for id in &self.ids {
            pack::moment(id.at, &mut before, &mut body);
            body.extend_from_slice(&id.print.0);
        }
        mark(&body, ids);
        for (list, size) in [(&self.values, values), (&self.entries, entries)] {
            pack::number(list.len() as u64, &mut body);
            for entry in list {
                pack::moment(entry.at, &mut before, &mut body);
                pack::value(entry.print, &mut body);
            }
            mark(&body, size);
        }
        let mut listed = Vec::new();
        self.pack_members(&mut before, &mut listed);
        let deflated = if self.members.is_empty() { Vec::new() } else { compress_to_vec(&listed, LEVEL) };
        let (how, last) = match deflated.len() {
            1.. if deflated.len() < listed.len() => (DEFLATED, deflated),
            _ => (PLAIN, listed),
        };
        *members = last.len();
        let mut out = Vec::with_capacity(body.len().saturating_add(last.len()).saturating_add(3));
        out.extend_from_slice(&[CHUNK_FORMAT, CHUNK_FORMAT, how]);
        out.extend_from_slice(&body);
        out.extend_from_slice(&last);
        (out, sizes)
    }

    fn pack_members(&self, before: &mut Timestamp, body: &mut Vec<u8>) {
        let mut places: Vec<(Print, usize)> =
            self.ids.iter().enumerate().map(|(place, id)| (id.print, place)).collect();
        places.sort_unstable();
        pack::number(self.members.len() as u64, body);
        for member in &self.members {
            pack::number(u64::from(member.member), body);
            pack::moment(member.accepted, before, body);
            let known = places.binary_search_by_key(&member.tag, |(print, _)| *print).ok();
            match known.and_then(|found| places.get(found)) {
                Some((_, place)) => pack::number((*place as u64).saturating_add(1), body),
                None => {
                    pack::number(0, body);
                    pack::value(member.tag, body);
                }
            }
            pack::number(member.json.len() as u64, body);
            body.extend_from_slice(member.json.as_bytes());
        }
    }

    /// Reads all of `bytes`.
    pub(super) fn unpack(bytes: &[u8]) -> Result<(Bulk, Sizes), CodecError> {
        let [format, min_reader, how, body @ ..] = bytes else { return Err(malformed()) };
        if *min_reader > CHUNK_FORMAT {
            return Err(CodecError::Newer { format: (*format).into(), min_reader: (*min_reader).into() });
        }
        Bulk::read(*how, body).ok_or_else(malformed)
    }

    fn read(how: u8, body: &[u8]) -> Option<(Bulk, Sizes)> {
        let mut reader = Reader::new(body);
        let mut bulk = Bulk::default();
        let mut sizes = [0; 4];
        let [ids, values, entries, members] = &mut sizes;
        let mut before = Timestamp(0);
        let mut left = reader.left();
        let mut mark = |reader: &Reader<'_>, size: &mut usize| {
            *size = left - reader.left();
            left = reader.left();
        };
        for _ in 0..reader.count()? {
            bulk.ids.push(Stamped { at: reader.moment(&mut before)?, print: reader.print()? });
        }
        mark(&reader, ids);
        for (list, size) in [(&mut bulk.values, values), (&mut bulk.entries, entries)] {
            for _ in 0..reader.count()? {
                list.push(Stamped { at: reader.moment(&mut before)?, print: reader.value()? });
            }
            mark(&reader, size);
        }
        *members = reader.left();
        let last = reader.bytes(reader.left())?;
        match how {
            PLAIN => bulk.read_members(last, before)?,
            DEFLATED => {
                let listed = decompress_to_vec_with_limit(last, MAX_UNPACKED_BYTES).ok()?;
                bulk.read_members(&listed, before)?;
            }
            _ => return None,
        }
        Some((bulk, sizes))
    }

    fn read_members(&mut self, listed: &[u8], mut before: Timestamp) -> Option<()> {
        let mut reader = Reader::new(listed);
        for _ in 0..reader.count()? {
            let member = u16::try_from(reader.number()?).ok()?;
            let accepted = reader.moment(&mut before)?;
            let tag = match usize::try_from(reader.number()?).ok()?.checked_sub(1) {
                Some(place) => self.ids.get(place)?.print,
                None => reader.value()?,
            };
            let length = reader.count()?;
            let json = std::str::from_utf8(reader.bytes(length)?).ok()?.into();
            self.members.push(Collected { member, accepted, tag, json });
        }
        (reader.left() == 0).then_some(())
    }

    /// Cuts it into pieces of at most `max` bytes before packing, or of one entry.
    pub(super) fn cut(self, max: usize) -> Vec<Bulk> {
        let mut pieces = Vec::new();
        let mut piece = Bulk::default();
        let mut bytes = 0_usize;
        let mut room = |piece: &mut Bulk, more: usize| {
            if bytes > 0 && bytes.saturating_add(more) > max {
                pieces.push(std::mem::take(piece));
                bytes = 0;
            }
            bytes = bytes.saturating_add(more);
        };
        for id in self.ids {
            room(&mut piece, STAMPED);
            piece.ids.push(id);
        }
        for value in self.values {
            room(&mut piece, STAMPED);
            piece.values.push(value);
        }
        for entry in self.entries {
            room(&mut piece, STAMPED);
            piece.entries.push(entry);
        }
        for member in self.members {
            room(&mut piece, member.json.len().saturating_add(STAMPED).saturating_add(8));
            piece.members.push(member);
        }
        if piece != Bulk::default() {
            pieces.push(piece);
        }
        pieces
    }
}

/// The most a print with its moment takes.
const STAMPED: usize = 16 + 10;

fn malformed() -> CodecError {
    CodecError::Malformed(minicbor::decode::Error::message("a chunk of an instance is damaged"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamped(n: i64) -> Stamped {
        Stamped { at: Timestamp(n), print: Print::of_value(&format!("a value {n}")) }
    }

    fn bulk(n: i64) -> Bulk {
        let member = |n: i64| Collected {
            member: 1,
            accepted: Timestamp(n),
            tag: stamped(n / 2).print,
            json: format!("{{\"id\":\"{n}\"}}").into(),
        };
        Bulk {
            ids: (0..n).map(stamped).collect(),
            values: (0..n)
                .map(|n| Stamped { at: Timestamp(-n), print: Print::of_value(&n.to_string()) })
                .collect(),
            entries: (0..n).rev().map(stamped).collect(),
            members: (0..n).map(member).collect(),
        }
    }

    #[test]
    fn it_comes_back_and_its_pieces_are_all_of_it() {
        for n in [0, 1, 2, 300] {
            let whole = bulk(n);
            let (bytes, sizes) = whole.pack();
            assert_eq!(Bulk::unpack(&bytes).unwrap(), (whole.clone(), sizes));
            let pieces = whole.clone().cut(1_000);
            let mut back = Bulk::default();
            for piece in &pieces {
                assert!(piece.pack().0.len() <= 1_000);
                back.ids.extend(&piece.ids);
                back.values.extend(&piece.values);
                back.entries.extend(&piece.entries);
                back.members.extend(piece.members.iter().cloned());
            }
            assert_eq!(back, whole);
        }
    }

    #[test]
    fn damage_is_an_error_and_a_newer_format_is_named() {
        let (bytes, _) = bulk(20).pack();
        for cut in 0..bytes.len() {
            assert!(Bulk::unpack(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        let mut newer = bytes.clone();
        newer[0] = 9;
        assert!(Bulk::unpack(&newer).is_ok(), "a newer writer may say that it is understood");
        newer[1] = 2;
        assert!(matches!(Bulk::unpack(&newer), Err(CodecError::Newer { format: 9, min_reader: 2 })));
        let mut other = bytes;
        other[2] = 7;
        assert!(Bulk::unpack(&other).is_err());
    }
}
