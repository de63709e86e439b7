//! What the query of a question about the past asks for.

use std::collections::BTreeMap;

use fanin_event::Timestamp;
use fanin_history::chronicle::{EntryKind, Query};
use fanin_history::limits::{DEFAULT_MEMBERS_TOLD, MAX_ENTRIES, MAX_MEMBERS_TOLD, MAX_ROUNDS_TOLD};
use fanin_history::story::Extent;
use fanin_history::{IdAsked, Window};

use super::super::answer::{Refusal, malformed};

/// Names and values as they stand in the URL.
pub(super) type Asked = Vec<(String, String)>;

/// Entries that a list gives unless it is told otherwise.
const ENTRIES: usize = 100;

/// `GET /events`
pub(super) struct EventsAsked {
    pub(super) query: Query,
    /// Only what happened after this frame.
    pub(super) after: Option<u64>,
}

/// `GET /events/{id}`
pub(super) struct StoryAsked {
    pub(super) extent: Extent,
}

/// `GET /instances/{condition}/rounds`
pub(super) struct RoundsAsked {
    pub(super) key: BTreeMap<String, String>,
    pub(super) alone: Option<String>,
    pub(super) rounds: usize,
    pub(super) extent: Extent,
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| malformed(&format!("`{name}` is {text:?}; write a whole number")))
}

fn moment(name: &str, text: &str) -> Result<Option<Timestamp>, Refusal> {
    let wrong = || malformed(&format!("`{name}` is a moment such as 2026-01-02T03:04:05Z"));
    Timestamp::parse(text).map(Some).ok_or_else(wrong)
}

fn kinds(text: &str) -> Result<Vec<EntryKind>, Refusal> {
    let kind = |word: &str| {
        let words: Vec<&str> = EntryKind::ALL.iter().map(|kind| kind.word()).collect();
        let wrong = || malformed(&format!("{word:?} is no kind; the kinds are {}", words.join(", ")));
        EntryKind::of_word(word).ok_or_else(wrong)
    };
    text.split(',').map(kind).collect()
}

/// One parameter of a stretch of time or of how much is told; false: it is another one.
fn extent(extent: &mut Extent, name: &str, value: &str) -> Result<bool, Refusal> {
    match name {
        "since" => extent.window.since = moment("since", value)?,
        "until" => extent.window.until = moment("until", value)?,
        "members" => extent.members = number::<usize>("members", value)?.min(MAX_MEMBERS_TOLD),
        _ => return Ok(false),
    }
    Ok(true)
}

fn unknown(name: &str) -> Refusal {
    malformed(&format!("`{name}` is not known here"))
}

impl EventsAsked {
    pub(super) fn read(asked: Asked) -> Result<EventsAsked, Refusal> {
        let mut query = Query { limit: ENTRIES, ..Query::default() };
        let (mut after, mut window) = (None, Extent::default());
        for (name, value) in asked {
            match name.as_str() {
                "kind" => query.kinds = kinds(&value)?,
                "name" => query.name = Some(value),
                "pattern" => query.pattern = Some(value),
                "text" => query.text = Some(value),
                "id" => {
                    let short = || malformed("give at least four characters of the id");
                    query.id = Some(IdAsked::read(&value).ok_or_else(short)?);
                }
                "unmatched" => query.unmatched = value == "true",
                "limit" => query.limit = number::<usize>("limit", &value)?.clamp(1, MAX_ENTRIES),
                "after" => after = Some(number("after", &value)?),
                "members" => return Err(unknown("members")),
                other => match other.strip_prefix("key.") {
                    Some(part) => query.key.push((part.to_owned(), value)),
                    None if extent(&mut window, other, &value)? => {}
                    None => return Err(unknown(other)),
                },
            }
        }
        query.window = Window { ..window.window };
        Ok(EventsAsked { query, after })
    }
}

impl StoryAsked {
    pub(super) fn read(asked: Asked) -> Result<StoryAsked, Refusal> {
        let mut told = Extent { members: DEFAULT_MEMBERS_TOLD, ..Extent::default() };
        for (name, value) in asked {
            if !extent(&mut told, &name, &value)? {
                return Err(unknown(&name));
            }
        }
        Ok(StoryAsked { extent: told })
    }
}

impl RoundsAsked {
    pub(super) fn read(asked: Asked) -> Result<RoundsAsked, Refusal> {
        let mut read =
            RoundsAsked { key: BTreeMap::new(), alone: None, rounds: 1, extent: Extent::default() };
        for (name, value) in asked {
            match name.as_str() {
                "key" => read.alone = Some(value),
                "rounds" => read.rounds = number::<usize>("rounds", &value)?.clamp(1, MAX_ROUNDS_TOLD),
                other => match other.strip_prefix("key.") {
                    Some(part) => drop(read.key.insert(part.to_owned(), value)),
                    None if extent(&mut read.extent, other, &value)? => {}
                    None => return Err(unknown(other)),
                },
            }
        }
        Ok(read)
    }
}
