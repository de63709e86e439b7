//! An instance in parts, for stores whose every write costs: a head that is written each time, and chunks that are not.
//!
//! What grows in an instance (seen ids, distinct values, entries of a sliding window, members) is most of it, and nearly
//! all of it was there at the last commit. So the head holds what is small and the newest of what grows, its *tail*;
//! once the tail is long enough it is sealed as a chunk. What the chunks hold is known from loading: new is what
//! is not in there. When a list no longer begins with what its chunks hold (a round has ended, a window has moved, old ids
//! were folded away), its chunks are *void*: the head says from which chunk on the list counts, and it starts anew.
//! When too much is void, or there are too many chunks, all of them are replaced.
//!
//! The head is CBOR `[format, min_reader, instance without its lists, chunks, [from; 4], tail]`. A head of the whole form
//! (`[format, min_reader, instance]`) without chunks loads, too.

mod bulk;
mod known;
mod pack;

use minicbor::Encoder;
use minicbor::decode::Decoder;

use crate::codec::CodecError;
use crate::instance::Instance;
use crate::limits::{CHUNK_NAME_BYTES, MAX_CHUNK_BYTES, MAX_CHUNKS, MAX_DEAD_BYTES, SEAL_BYTES};
use crate::progress::{Progress, Tumbling};
use crate::seen::Seen;
use crate::stamped::StampedSet;
use bulk::{Bulk, Sizes};
use known::Known;

/// The format of a head this binary writes. Format 1 is the whole form.
pub const HEAD_FORMAT: u32 = 2;
/// The oldest reader that may read, and write again, what this binary writes.
const MIN_READER: u32 = 2;
/// Items of a head in parts; the whole form has another number of them.
const HEAD_ITEMS: u64 = 6;

/// What the chunks in a store hold of an instance. None: [`Parts::default`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts(Known);

impl Parts {
    /// There is no chunk.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.chunks == 0
    }
}

/// What a commit writes of an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The part that is written by every commit.
    pub head: Vec<u8>,
    /// What happens to the chunks.
    pub chunks: Chunking,
    /// What the chunks hold once the commit has succeeded.
    pub parts: Parts,
}

/// What happens to the chunks of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunking {
    /// They stay.
    Keep,
    /// One more.
    Append(Vec<u8>),
    /// These in place of all.
    Replace(Vec<Vec<u8>>),
}

impl Instance {
    /// Puts an instance together from its head and all of its chunks, in their order.
    ///
    /// # Errors
    /// [`CodecError`]: a newer format, other chunks than the head's, or not the bytes of an instance.
    pub fn from_parts(head: &[u8], chunks: &[Vec<u8>]) -> Result<(Instance, Parts), CodecError> {
        let mut decoder = Decoder::new(head);
        if decoder.array()? != Some(HEAD_ITEMS) {
            if !chunks.is_empty() {
                return Err(CodecError::Parts { expected: 0, found: chunks.len() });
            }
            return Ok((Instance::decode(head)?, Parts::default()));
        }
        let (format, min_reader) = (decoder.u32()?, decoder.u32()?);
        if min_reader > HEAD_FORMAT {
            return Err(CodecError::Newer { format, min_reader });
        }
        let mut instance: Instance = decoder.decode()?;
        let expected = decoder.u32()? as usize;
        if expected != chunks.len() {
            return Err(CodecError::Parts { expected, found: chunks.len() });
        }
        let mut known = Known::since(decoder.decode()?);
        let tail = Bulk::unpack(decoder.bytes()?)?.0;
        match head.len().saturating_sub(decoder.position()) {
            0 => {}
            left => return Err(CodecError::Trailing(left)),
        }
        let mut all = Bulk::default();
        for chunk in chunks {
            let (bulk, sizes) = Bulk::unpack(chunk)?;
            known.note(&bulk, sizes);
            known.take(bulk, &mut all);
        }
        known.settle(&all);
        all.ids.extend(tail.ids);
        all.values.extend(tail.values);
        all.entries.extend(tail.entries);
        all.members.extend(tail.members);
        instance.give(all);
        instance.index();
        Ok((instance, Parts(known)))
    }

    /// What to write so that a store whose chunks hold `parts` has this instance.
    ///
    /// # Errors
    /// [`CodecError::Unwritable`]; writing to memory does not fail, so this is for completeness.
    pub fn split(&self, parts: &Parts) -> Result<Split, CodecError> {
        let mut known = parts.0.clone();
        let news = known.news(self);
        let (mut tail, sizes) = news.pack();
        let too_large = sizes.iter().sum::<usize>() > MAX_CHUNK_BYTES;
        let chunks = if too_large || known.must_replace() {
            known = Known::default();
            let all = known.news(self);
            tail = all.pack().0;
            if tail.len() <= SEAL_BYTES {
                Chunking::Replace(Vec::new())
            } else {
                tail = Bulk::default().pack().0;
                Chunking::Replace(known.seal_all(all))
            }
        } else if tail.len() > known.seal_at() {
            known.note(&news, sizes);
            known.add(news);
            Chunking::Append(std::mem::replace(&mut tail, Bulk::default().pack().0))
        } else {
            Chunking::Keep
        };
        Ok(Split { head: self.head(&known, &tail)?, chunks, parts: Parts(known) })
    }

    fn head(&self, known: &Known, tail: &[u8]) -> Result<Vec<u8>, CodecError> {
        let mut out = Vec::with_capacity(tail.len().saturating_add(192));
        Encoder::new(&mut out)
            .array(HEAD_ITEMS)
            .and_then(|e| e.u32(HEAD_FORMAT))
            .and_then(|e| e.u32(MIN_READER))
            .and_then(|e| e.encode(self.without_lists()))
            .and_then(|e| e.u32(known.chunks))
            .and_then(|e| e.encode(known.from))
            .and_then(|e| e.bytes(tail))
            .map_err(|error| CodecError::Unwritable(error.to_string()))?;
        Ok(out)
    }

    /// The instance with empty lists in place of those that stand in chunks and tail.
    fn without_lists(&self) -> Instance {
        Instance {
            seen: Seen { ids: StampedSet::default(), floor: self.seen.floor },
            progress: match &self.progress {
                Progress::Count(Some(_)) => Progress::Count(Some(Box::default())),
                Progress::Sliding(_) => Progress::Sliding(Box::default()),
                Progress::Tumbling(window) => Progress::Tumbling(Tumbling {
                    values: window.values.as_ref().map(|_| Box::default()),
                    ..*window
                }),
                other => other.clone(),
            },
            members: self.members.as_ref().map(|members| Box::new(members.without_records())),
            reach: self.reach.clone(),
            repeats: self.repeats.clone(),
            ..*self
        }
    }

    /// Takes lists that stood elsewhere.
    fn give(&mut self, bulk: Bulk) {
        self.seen.ids = StampedSet::Listed(bulk.ids.into());
        match &mut self.progress {
            Progress::Count(Some(values)) | Progress::Tumbling(Tumbling { values: Some(values), .. }) => {
                values.0 = StampedSet::Listed(bulk.values.into());
            }
            Progress::Sliding(sliding) => {
                sliding.values.0 = StampedSet::Listed(bulk.values.into());
                sliding.entries = bulk.entries.into();
            }
            _ => {}
        }
        if let Some(members) = &mut self.members {
            members.put_records(bulk.members.into());
        }
    }
}

impl Known {
    /// Longer tails as the chunks get many: each chunk makes the head longer for good, each byte of the tail once.
    fn seal_at(&self) -> usize {
        self.bytes.saturating_mul(CHUNK_NAME_BYTES).isqrt().max(SEAL_BYTES)
    }

    /// Too many chunks, or too much in them that is void.
    fn must_replace(&self) -> bool {
        let live: usize = self.live.iter().sum();
        let dead = self.bytes.saturating_sub(live);
        self.chunks as usize >= MAX_CHUNKS
            || (self.chunks > 0 && live == 0)
            || (dead > MAX_DEAD_BYTES && dead > live.saturating_mul(3))
    }

    /// All of it as large chunks, packed.
    fn seal_all(&mut self, all: Bulk) -> Vec<Vec<u8>> {
        let seal = |piece: Bulk| {
            let (packed, sizes) = piece.pack();
            self.note(&piece, sizes);
            self.add(piece);
            packed
        };
        all.cut(MAX_CHUNK_BYTES).into_iter().map(seal).collect()
    }

    /// One more chunk, which has these lists.
    fn note(&mut self, bulk: &Bulk, sizes: Sizes) {
        let lengths = [bulk.ids.len(), bulk.values.len(), bulk.entries.len(), bulk.members.len()];
        for (place, from) in self.from.iter().enumerate() {
            if let (Some(live), Some(size), Some(length)) =
                (self.live.get_mut(place), sizes.get(place), lengths.get(place))
                && *from <= self.chunks
                && *length > 0
            {
                *live = live.saturating_add(*size);
            }
        }
        self.bytes = self.bytes.saturating_add(sizes.iter().sum());
        self.chunks = self.chunks.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(chunks: usize, bytes: usize, live: usize) -> Known {
        let mut known = Known::since([0; 4]);
        (known.chunks, known.bytes, known.live) = (u32::try_from(chunks).unwrap(), bytes, [live, 0, 0, 0]);
        known
    }

    #[test]
    fn all_is_written_anew_past_either_limit() {
        assert!(!known(MAX_CHUNKS - 1, 9_000, 9_000).must_replace());
        assert!(known(MAX_CHUNKS, 9_000, 9_000).must_replace());
        let live = MAX_DEAD_BYTES / 4;
        assert!(!known(1, live + MAX_DEAD_BYTES, live).must_replace());
        assert!(known(1, live + MAX_DEAD_BYTES + 1, live).must_replace());
        assert!(
            !known(1, 4 * MAX_DEAD_BYTES, MAX_DEAD_BYTES).must_replace(),
            "three times what lives is not past it"
        );
        assert!(known(1, 4 * MAX_DEAD_BYTES + 1, MAX_DEAD_BYTES).must_replace());
        assert!(known(1, 20, 0).must_replace() && !Known::default().must_replace());
    }

    #[test]
    fn tails_grow_with_what_is_sealed() {
        assert_eq!(Known::default().seal_at(), SEAL_BYTES);
        assert_eq!(known(9, 1_000_000, 1).seal_at(), 6_324);
    }
}
