//! How the types of other crates, and the sets, stand in the bytes of an instance.

use minicbor::decode::{Decoder, Error};
use minicbor::encode::{Encoder, Error as EncodeError, Write};

use crate::print::Print;
use crate::stamped::Stamped;

/// Bytes of a print with its moment.
const STAMPED: usize = 24;

/// A moment: milliseconds.
pub(crate) mod moment {
    use super::{Decoder, EncodeError, Encoder, Error, Write};
    use fanin_event::Timestamp;

    pub(crate) fn encode<C, W: Write>(
        at: &Timestamp,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.i64(at.0)?.ok()
    }

    pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Timestamp, Error> {
        d.i64().map(Timestamp)
    }
}

/// A moment or null.
pub(crate) mod maybe_moment {
    use super::{Decoder, EncodeError, Encoder, Error, Write};
    use fanin_event::Timestamp;

    pub(crate) fn encode<C, W: Write>(
        at: &Option<Timestamp>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        match at {
            Some(at) => e.i64(at.0)?.ok(),
            None => e.null()?.ok(),
        }
    }

    pub(crate) fn decode<C>(d: &mut Decoder<'_>, c: &mut C) -> Result<Option<Timestamp>, Error> {
        let at: Option<i64> = d.decode_with(c)?;
        Ok(at.map(Timestamp))
    }
}

/// An identity: 16 bytes.
pub(crate) mod identity {
    use super::{Decoder, EncodeError, Encoder, Error, Write, sixteen};
    use fanin_event::Identity;

    pub(crate) fn encode<C, W: Write>(
        id: &Identity,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&id.0)?.ok()
    }

    pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Identity, Error> {
        sixteen(d.bytes()?).map(Identity)
    }
}

/// A print: 16 bytes.
pub(crate) mod print {
    use super::{Decoder, EncodeError, Encoder, Error, Print, Write, sixteen};

    pub(crate) fn encode<C, W: Write>(
        print: &Print,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&print.0)?.ok()
    }

    pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Print, Error> {
        sixteen(d.bytes()?).map(Print)
    }
}

/// A set of stamped prints: one byte string, sorted.
pub(crate) mod stamped_set {
    use super::{Decoder, EncodeError, Encoder, Error, Write, pack, unpack};
    use crate::stamped::StampedSet;

    pub(crate) fn encode<C, W: Write>(
        set: &StampedSet,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&pack(set.sorted().iter()))?.ok()
    }

    /// As a list of any length: its owner makes a table of it once it knows the seed.
    pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<StampedSet, Error> {
        Ok(StampedSet::Listed(unpack(d.bytes()?)?.collect()))
    }
}

/// A queue of stamped prints: one byte string, in order.
pub(crate) mod stamps {
    use std::collections::VecDeque;

    use super::{Decoder, EncodeError, Encoder, Error, Stamped, Write, pack, unpack};

    pub(crate) fn encode<C, W: Write>(
        queue: &VecDeque<Stamped>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&pack(queue.iter()))?.ok()
    }

    pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<VecDeque<Stamped>, Error> {
        Ok(unpack(d.bytes()?)?.collect())
    }
}

/// How often prints came again: a map.
pub(crate) mod repeats {
    use std::collections::BTreeMap;

    use super::{Decoder, EncodeError, Encoder, Error, Print, Write, sixteen};

    pub(crate) fn encode<C, W: Write>(
        repeats: &BTreeMap<Print, u32>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.map(repeats.len() as u64)?;
        for (print, times) in repeats {
            e.bytes(&print.0)?.u32(*times)?;
        }
        Ok(())
    }

    pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<BTreeMap<Print, u32>, Error> {
        let mut repeats = BTreeMap::new();
        for _ in 0..d.map()?.unwrap_or(0) {
            repeats.insert(Print(sixteen(d.bytes()?)?), d.u32()?);
        }
        Ok(repeats)
    }
}

/// Member indexes: the words of their bit set.
pub(crate) mod words {
    use smallvec::SmallVec;

    use super::{Decoder, EncodeError, Encoder, Error, Write};

    pub(crate) fn encode<C, W: Write>(
        words: &SmallVec<[u64; 2]>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.array(words.len() as u64)?;
        for word in words {
            e.u64(*word)?;
        }
        Ok(())
    }

    pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<SmallVec<[u64; 2]>, Error> {
        let mut words = SmallVec::new();
        for _ in 0..d.array()?.unwrap_or(0) {
            words.push(d.u64()?);
        }
        Ok(words)
    }
}

fn sixteen(bytes: &[u8]) -> Result<[u8; 16], Error> {
    bytes.try_into().map_err(|_| Error::message("16 bytes expected"))
}

fn pack<'a>(entries: impl ExactSizeIterator<Item = &'a Stamped>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len().saturating_mul(STAMPED));
    for entry in entries {
        bytes.extend_from_slice(&entry.print.0);
        bytes.extend_from_slice(&entry.at.0.to_le_bytes());
    }
    bytes
}

fn unpack(bytes: &[u8]) -> Result<impl Iterator<Item = Stamped>, Error> {
    let (entries, rest) = bytes.as_chunks::<STAMPED>();
    if !rest.is_empty() {
        return Err(Error::message("a set of prints is cut off"));
    }
    Ok(entries.iter().map(|entry| {
        let mut print = [0; 16];
        let mut at = [0; 8];
        print.iter_mut().zip(entry.iter()).for_each(|(to, from)| *to = *from);
        at.iter_mut().zip(entry.iter().skip(16)).for_each(|(to, from)| *to = *from);
        Stamped { print: Print(print), at: fanin_event::Timestamp(i64::from_le_bytes(at)) }
    }))
}
