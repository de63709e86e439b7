//! The outbox of a cell: what follows from its last commit and may not have left yet. Its bytes, and where they stand.

use fanin_event::{Identity, Timestamp};
use fanin_store::state::StateError;
use minicbor::{Decoder, Encoder};

use crate::dead::DeadRecord;
use crate::limits::MAX_OUTBOX_BYTES;
use crate::message::{DerivedMessage, Message};
use crate::packed;
use crate::ports::{Claims, Lane};

/// The newest format of outboxes this binary reads.
const OUTBOX_FORMAT: u32 = 2;
/// The format with its entries as they are, or a reference: what is written as long as the entries are short.
const PLAIN_FORMAT: u32 = 1;

/// One thing that has to leave.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    /// A payload is put aside: before everything else, since the others may refer to it.
    Claim { key: String, body: String },
    /// A derived event goes to whoever listens.
    Derived(DerivedMessage),
    /// A dead letter.
    Dead(Box<DeadRecord>),
    /// A message, now or when its moment comes.
    Send { lane: Lane, message: Message, due: Option<Timestamp> },
}

/// The entries of one commit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outbox {
    pub(crate) entries: Vec<Entry>,
    /// The latest wake-up that took part in the commit: an earlier or equal one that comes again may be its repetition.
    pub(crate) woke: Timestamp,
}

impl Default for Outbox {
    fn default() -> Outbox {
        Outbox { entries: Vec::new(), woke: Timestamp(i64::MIN) }
    }
}

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

impl Outbox {
    /// The bytes for the cell; empty when nothing has to leave. A large outbox is put aside first, under a name made of
    /// its content: an attempt that loses its commit does no harm.
    pub(crate) async fn write<C: Claims>(&self, claims: &C) -> Result<Vec<u8>, StateError> {
        if self.entries.is_empty() {
            return Ok(Vec::new());
        }
        let bytes = self.encode()?;
        if bytes.len() <= MAX_OUTBOX_BYTES {
            return Ok(bytes);
        }
        let text = crate::hex::encode(&bytes);
        let key = format!("fanin-outbox/{}", Identity::of(&[&text]).to_uuid());
        claims.put(&key, &text).await?;
        let mut out = Vec::new();
        let written: Written = (|| {
            Encoder::new(&mut out).array(3)?.u32(PLAIN_FORMAT)?.i64(self.woke.0)?.str(&key)?;
            Ok(())
        })();
        written.map_err(|error| unwritable(&error))?;
        Ok(out)
    }

    /// Reads what a cell has.
    pub(crate) async fn read<C: Claims>(claims: &C, bytes: &[u8]) -> Result<Outbox, StateError> {
        if bytes.is_empty() {
            return Ok(Outbox::default());
        }
        match decode(bytes).map_err(|error| unreadable(&error.to_string()))? {
            Decoded::Inline(outbox) => Ok(outbox),
            Decoded::Newer(format) => Err(newer(format)),
            Decoded::Aside(key) => {
                let text = claims.get(&key).await?;
                let text =
                    text.ok_or_else(|| unreadable(&format!("{key} is not among the claims any more")))?;
                let bytes =
                    crate::hex::decode(&text).ok_or_else(|| unreadable(&format!("{key} is damaged")))?;
                match decode(&bytes).map_err(|error| unreadable(&error.to_string()))? {
                    Decoded::Inline(outbox) => Ok(outbox),
                    Decoded::Newer(format) => Err(newer(format)),
                    Decoded::Aside(_) => Err(unreadable("it refers to a reference")),
                }
            }
        }
    }

    /// The latest wake-up that took part in the commit that made these bytes, without reading the rest.
    pub(crate) fn woke_of(bytes: &[u8]) -> Timestamp {
        let mut decoder = Decoder::new(bytes);
        let mut woke = || {
            decoder.array()?;
            decoder.u32()?;
            decoder.i64()
        };
        // What cannot be read may be of any wake-up.
        Timestamp(woke().unwrap_or(i64::MAX))
    }

    /// The entries, deflated when they are long: a firing carries envelopes, and a kilobyte is what a write costs.
    fn encode(&self) -> Result<Vec<u8>, StateError> {
        let (mut entries, mut out) = (Vec::new(), Vec::new());
        let written: Written = (|| {
            let mut e = Encoder::new(&mut entries);
            e.array(self.entries.len() as u64)?;
            self.entries.iter().try_for_each(|entry| encode_entry(&mut e, entry))?;
            let mut e = Encoder::new(&mut out);
            if let Some(deflated) = packed::deflate(&entries) {
                e.array(3)?.u32(OUTBOX_FORMAT)?.i64(self.woke.0)?.bytes(&deflated)?;
            } else {
                e.array(3)?.u32(PLAIN_FORMAT)?.i64(self.woke.0)?;
                out.extend_from_slice(&entries);
            }
            Ok(())
        })();
        written.map_err(|error| unwritable(&error))?;
        Ok(out)
    }
}

fn encode_entry(e: &mut Encoder<&mut Vec<u8>>, entry: &Entry) -> Written {
    match entry {
        Entry::Claim { key, body } => e.array(3)?.u8(0)?.str(key)?.str(body)?,
        Entry::Derived(derived) => {
            e.array(8)?.u8(1)?.bytes(&derived.identity.0)?.str(&derived.name)?;
            e.array(derived.captures.len() as u64 * 2)?;
            for (name, value) in &derived.captures {
                e.str(name)?.str(value)?;
            }
            e.i64(derived.at.0)?.u8(derived.hops)?.str(&derived.envelope)?;
            e.array(derived.chain.len() as u64)?;
            derived.chain.iter().try_for_each(|name| e.str(name).map(drop))?;
            return Ok(());
        }
        Entry::Dead(record) => e.array(2)?.u8(2)?.str(&serde_json::to_string(record).unwrap_or_default())?,
        Entry::Send { lane, message, due } => e
            .array(4)?
            .u8(3)?
            .u8(match lane {
                Lane::Conditions => 0,
                Lane::Rules => 1,
            })?
            .str(&message.to_text())?
            .i64(due.map_or(i64::MIN, |due| due.0))?,
    };
    Ok(())
}

enum Decoded {
    Inline(Outbox),
    Aside(String),
    Newer(u32),
}

type Read<T> = Result<T, minicbor::decode::Error>;

fn decode(bytes: &[u8]) -> Read<Decoded> {
    let mut d = Decoder::new(bytes);
    d.array()?;
    let format = d.u32()?;
    if format > OUTBOX_FORMAT {
        return Ok(Decoded::Newer(format));
    }
    let woke = Timestamp(d.i64()?);
    if d.datatype()? == minicbor::data::Type::String {
        return Ok(Decoded::Aside(d.str()?.to_owned()));
    }
    if d.datatype()? == minicbor::data::Type::Bytes {
        let inflated = packed::inflate(d.bytes()?)
            .ok_or_else(|| minicbor::decode::Error::message("what is deflated is damaged"))?;
        return Ok(Decoded::Inline(Outbox { entries: entries(&mut Decoder::new(&inflated))?, woke }));
    }
    Ok(Decoded::Inline(Outbox { entries: entries(&mut d)?, woke }))
}

fn entries(d: &mut Decoder<'_>) -> Read<Vec<Entry>> {
    let count = length(d)?;
    let mut entries = Vec::new();
    for _ in 0..count {
        entries.push(decode_entry(d)?);
    }
    Ok(entries)
}

fn decode_entry(d: &mut Decoder<'_>) -> Read<Entry> {
    let broken = || minicbor::decode::Error::message("an entry of the outbox is not what it says");
    d.array()?;
    Ok(match d.u8()? {
        0 => Entry::Claim { key: d.str()?.to_owned(), body: d.str()?.to_owned() },
        1 => {
            let identity = Identity(d.bytes()?.try_into().map_err(|_| broken())?);
            let name = d.str()?.into();
            let pairs = length(d)? / 2;
            let captures: Read<Vec<_>> = (0..pairs).map(|_| Ok((d.str()?.into(), d.str()?.into()))).collect();
            let (at, hops, envelope) = (Timestamp(d.i64()?), d.u8()?, d.str()?.to_owned());
            let links = length(d)?;
            let chain: Read<Vec<_>> = (0..links).map(|_| Ok(d.str()?.into())).collect();
            Entry::Derived(DerivedMessage {
                identity,
                name,
                captures: captures?,
                at,
                hops,
                envelope,
                chain: chain?,
            })
        }
        2 => Entry::Dead(serde_json::from_str(d.str()?).map_err(|_| broken())?),
        3 => {
            let lane = if d.u8()? == 0 { Lane::Conditions } else { Lane::Rules };
            let message = Message::from_text(d.str()?).ok().flatten().ok_or_else(broken)?;
            let due = d.i64()?;
            Entry::Send { lane, message, due: (due != i64::MIN).then_some(Timestamp(due)) }
        }
        _ => return Err(broken()),
    })
}

fn length(d: &mut Decoder<'_>) -> Read<u64> {
    d.array()?.ok_or_else(|| minicbor::decode::Error::message("a list without a length"))
}

fn unreadable(what: &str) -> StateError {
    StateError::Unreadable(format!("an outbox cannot be read: {what}"))
}

fn newer(format: u32) -> StateError {
    unreadable(&format!(
        "it has format {format}, this fanin reads up to {OUTBOX_FORMAT}: deploy the newer one everywhere"
    ))
}

fn unwritable(error: &dyn std::fmt::Display) -> StateError {
    StateError::Unreadable(format!("an outbox cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{DEFLATE_FROM, MAX_INFLATED};

    /// An outbox of format 1, as it was written first. It stays as it is.
    const FORMAT_1: &str = "\
        8301078383006e66616e696e2d636c61696d732f78627b7d880150000102030405060708090a0b0c0d0e0f6163\
        82616b61760902687b226964223a317d826162616384030078397b2266616e696e223a312c22646f223a227761\
        6b65222c22636f6e646974696f6e223a2263222c226b6579223a226b222c22647565223a357d05";

    struct Nowhere;

    impl Claims for Nowhere {
        async fn put(&self, _: &str, _: &str) -> Result<(), StateError> {
            Ok(())
        }

        async fn get(&self, _: &str) -> Result<Option<String>, StateError> {
            Ok(None)
        }
    }

    fn outbox() -> Outbox {
        let derived = DerivedMessage {
            identity: Identity([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
            name: "c".into(),
            captures: vec![("k".into(), "v".into())],
            at: Timestamp(9),
            hops: 2,
            envelope: "{\"id\":1}".into(),
            chain: vec!["b".into(), "c".into()],
        };
        let wake = Message::Wake { condition: "c".into(), key: "k".into(), due: Timestamp(5) };
        let entries = vec![
            Entry::Claim { key: "fanin-claims/x".into(), body: "{}".into() },
            Entry::Derived(derived),
            Entry::Send { lane: Lane::Conditions, message: wake, due: Some(Timestamp(5)) },
        ];
        Outbox { entries, woke: Timestamp(7) }
    }

    fn read(bytes: &[u8]) -> Result<Outbox, StateError> {
        futures_util::FutureExt::now_or_never(Outbox::read(&Nowhere, bytes)).unwrap()
    }

    #[test]
    fn the_first_format_is_written_and_read() {
        let bytes = outbox().encode().unwrap();
        assert_eq!(crate::hex::encode(&bytes), FORMAT_1);
        assert_eq!(read(&bytes), Ok(outbox()));
        assert_eq!(Outbox::woke_of(&bytes), Timestamp(7));
        assert_eq!(read(&[]), Ok(Outbox::default()));
    }

    #[test]
    fn long_entries_are_deflated_and_come_back() {
        let long = |bytes: usize| {
            let entries = vec![Entry::Claim { key: "k".into(), body: "{\"a\":1}".repeat(bytes / 7) }];
            Outbox { entries, ..Outbox::default() }
        };
        for bytes in [DEFLATE_FROM / 2, DEFLATE_FROM, 20_000, MAX_INFLATED] {
            let (outbox, deflated) = (long(bytes), (DEFLATE_FROM..MAX_INFLATED - 20).contains(&bytes));
            let packed = outbox.encode().unwrap();
            assert_eq!(packed.len() < bytes / 2, deflated, "{bytes} became {}", packed.len());
            assert_eq!(read(&packed), Ok(outbox));
        }
        let mut damaged = long(2_000).encode().unwrap();
        *damaged.last_mut().unwrap() ^= 0xff;
        assert!(read(&damaged).is_err());
    }

    #[test]
    fn every_kind_of_entry_comes_back() {
        let what = fanin_runtime::LetterKind::Refused;
        let record = DeadRecord::new(Timestamp(3), ("code", "why".into()), "payload".into(), what);
        let wake = Message::Wake { condition: "c".into(), key: String::new(), due: Timestamp(5) };
        let entries =
            vec![Entry::Dead(Box::new(record)), Entry::Send { lane: Lane::Rules, message: wake, due: None }];
        let outbox = Outbox { entries, ..Outbox::default() };
        assert_eq!(read(&outbox.encode().unwrap()), Ok(outbox));
    }

    #[test]
    fn what_cannot_be_read_says_so_and_may_be_of_any_wake_up() {
        let mut newer = outbox().encode().unwrap();
        newer[1] = 9;
        assert!(read(&newer).unwrap_err().to_string().contains("deploy the newer one"));
        let whole = outbox().encode().unwrap();
        for length in 1..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length} bytes");
        }
        assert_eq!(Outbox::woke_of(&[0xff]), Timestamp(i64::MAX));
        let mut aside = Vec::new();
        Encoder::new(&mut aside).array(3).unwrap().u32(1).unwrap().i64(7).unwrap().str("gone").unwrap();
        assert!(read(&aside).unwrap_err().to_string().contains("gone"));
    }
}
