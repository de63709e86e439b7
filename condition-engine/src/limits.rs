//! Named limits of the condition engine. Going past one has the outcome its comment states.

use fanin_event::Span;

/// The largest number a `count` may have to reach. A captured value above it is rejected; a count that does not know
/// its number yet stops counting here, because every number it could learn is met.
pub const MAX_REACH: u64 = 10_000_000;

/// Bytes of a correlation key's text. An event with a longer one is rejected with `key-too-long`.
pub const MAX_KEY_BYTES: usize = 1024;

/// Identities an instance remembers. At the limit the older half folds into the floor: an unknown event accepted at or
/// before the floor is rejected with `late-past-floor`, never counted.
pub const MAX_SEEN: usize = 1_000_000;

/// Identities an `absent` without `after` remembers. It lives as long as the device it watches, and an event that is
/// not newer than the last one changes nothing there, so a few suffice; the older half is dropped without a floor.
pub const MAX_SEEN_WATCHED: usize = 32;

/// Up to so many ids or values are kept as a list; more make a hash table.
pub const MAX_LISTED: usize = 16;

/// Members of one firing kept with their whole envelope; further ones are kept as with `collect: captures`.
pub const MAX_ENVELOPES: usize = 1_000;

/// Bytes of members an instance keeps before whole envelopes give way to `collect: captures`.
pub const MAX_ENVELOPE_BYTES: usize = 8 * 1024 * 1024;

/// Members of one firing kept at all; further ones are only counted and the firing says `"truncated": true`.
pub const MAX_COLLECTED: usize = 100_000;

/// Bytes of members an instance keeps at all; outcome as for [`MAX_COLLECTED`].
pub const MAX_COLLECTED_BYTES: usize = 32 * 1024 * 1024;

/// Bytes of the members' JSON that a derived event carries itself; larger ones go to the object store (claim check).
pub const MAX_INLINE_BYTES: usize = 200 * 1024;

/// Events of one name that a `sequence` keeps because they may still find a predecessor; past it the earliest goes,
/// counted as extra: a firing may then be missed, never invented.
pub const MAX_CANDIDATES: usize = 1_000;

/// Repeated ids or values whose number of repetitions `explain` can tell; further ones appear in the total only.
pub const MAX_REPEATS: usize = 1_000;

/// Members listed by `explain`; further ones are given as a number.
pub const MAX_EXPLAINED: usize = 1_000;

/// How long an instance that has no deadline outlives its last member. It is then dropped without a `.timeout`.
pub const IDLE: Span = Span::days(30);

/// Bytes of the name of who intervenes, and of the reason. An operation with a longer one, or with none, is refused.
pub const MAX_OPERATOR_TEXT: usize = 1_000;

/// Values given with a waived member. An operation with more is refused.
pub const MAX_WAIVED_VALUES: usize = 64;

/// Bytes of the name and of the value of one of them. An operation with longer ones is refused.
pub const MAX_WAIVED_VALUE: usize = 1_024;

/// Due moments handled in one input. An instance has at most three before it is forgotten; the rest would wait for the
/// next input.
pub const MAX_DUE_STEPS: usize = 8;

/// Bytes of the growing part of an instance (ids, values, members) that its head carries; more are sealed as a chunk of
/// its own, which is not written again. So chosen that a head stays within one kilobyte.
pub const SEAL_BYTES: usize = 640;

/// Bytes that naming one more chunk costs a head, for good: the more chunks there are, the larger the next ones get.
pub const CHUNK_NAME_BYTES: usize = 40;

/// Chunks of an instance; at the limit they are written anew as few large ones.
pub const MAX_CHUNKS: usize = 512;

/// Bytes of a chunk before it is packed; a larger one is cut between two entries.
pub const MAX_CHUNK_BYTES: usize = 200 * 1024;

/// Bytes of a chunk when it is unpacked; more are refused as malformed.
pub const MAX_UNPACKED_BYTES: usize = 64 * 1024 * 1024;

/// Bytes in chunks that mean nothing any more. Past it, and past three times what still means something, all is written anew.
pub const MAX_DEAD_BYTES: usize = 64 * 1024;

/// A count that needs at most so many is never paged: all of its ids stay below 64 KB.
pub const MAX_UNPAGED_REACH: u64 = 3_000;

/// Ids of an instance that needs more than that, from which on its events are counted in pages. Every event has to look
/// through them, so they are few.
pub const PAGED_FROM: usize = 256;

/// Ids of an instance that does not know yet how many it needs, from which on its events are counted in pages.
pub const MAX_UNPAGED_IDS: usize = 1_024;

/// Every so many-th event until then notes its own time, to learn at which rate events happen.
pub const SAMPLE_EVERY: usize = 16;

/// So many of them do; later ones do not.
pub const PAGE_SAMPLES: usize = 16;

/// Ids of a page: with them it freezes. So chosen that the cell of a page stays below 64 KB.
pub const MAX_PAGE_IDS: usize = 1_500;

/// Events that a page of one span of time is meant to have, at the rate that was seen when pages began.
pub const PAGE_AIM: u64 = 600;

/// Milliseconds of event time that share a page, at least and at most.
pub const MIN_PAGE_SPAN: u64 = 1_000;

/// See [`MIN_PAGE_SPAN`].
pub const MAX_PAGE_SPAN: u64 = 24 * 60 * 60 * 1_000;

/// Pages of different moments in a group, as a power of two.
pub const PAGE_GROUP_BITS: u32 = 6;

/// Children below each other. The page at the end takes everything that comes to it.
pub const MAX_PAGE_DEPTH: usize = 16;

/// Members of a condition that may be kept in set-once slots. One with more is kept as an instance.
pub const MAX_SLOTS: usize = 64;
