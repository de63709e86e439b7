//! For those who follow: what happened after a frame, at the price of what is new.
//!
//! While somebody follows what is derived, a second engine reads the log behind the host's own, as large as that one: nothing
//! on the way of an event has to remember anything. Both are given up when nobody has asked for a while.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use fanin_history::chronicle::{self, Entries, Entry, EntryKind, Follower, Query};
use fanin_history::limits::{MAX_ENTRIES_BYTES, MAX_FOLLOWED};
use fanin_history::{History, HistoryError, KnownFrom};

use crate::limits::FOLLOWER_IDLE;

/// A follower with what it heard last.
#[derive(Debug)]
struct Following {
    follower: Follower,
    heard: VecDeque<Entry>,
    bytes: usize,
    /// Everything after this frame is in `heard`.
    from: u64,
    known_from: KnownFrom,
    used: Instant,
}

/// One follower for what stands in the log, one for what is derived too; each is there while somebody follows.
#[derive(Debug, Default)]
pub(super) struct Followed {
    recorded: Mutex<Option<Following>>,
    derived: Mutex<Option<Following>>,
}

impl Followed {
    /// What fits a query of all that happened after a frame.
    pub(super) fn after(&self, dir: &Path, query: &Query, after: u64) -> Result<Entries, HistoryError> {
        let place = if query.is_recorded() { &self.recorded } else { &self.derived };
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        if place.is_none() {
            *place = Some(Following::begin(dir, query.is_recorded())?);
        }
        let Some(following) = place.as_mut() else { return search(dir, query, after) };
        if let Err(error) = following.listen() {
            *place = None;
            return Err(error);
        }
        if after < following.from {
            return search(dir, query, after);
        }
        following.tell(query, after)
    }

    /// Gives the followers up once nobody has asked for a while.
    pub(super) fn forget_when_idle(self: &Arc<Followed>) {
        let followed = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(FOLLOWER_IDLE).await;
            let Some(followed) = followed.upgrade() else { return };
            // Whoever holds the lock is using it.
            for place in [&followed.recorded, &followed.derived] {
                if let Ok(mut place) = place.try_lock()
                    && place.as_ref().is_some_and(|f| f.used.elapsed() >= FOLLOWER_IDLE)
                {
                    *place = None;
                }
            }
        });
    }
}

fn size(entry: &Entry) -> usize {
    entry.body.as_ref().map_or(0, |body| body.get().len())
}

/// Everything of a kind that a follower can hear.
fn all(recorded: bool) -> Query {
    let kinds = EntryKind::ALL.into_iter().filter(|kind| !recorded || kind.is_recorded());
    Query { kinds: kinds.collect(), ..Query::default() }
}

/// What a follower does not remember is read from the log.
fn search(dir: &Path, query: &Query, after: u64) -> Result<Entries, HistoryError> {
    let mut found = chronicle::search(&History::open(dir)?, query)?;
    let all = found.entries.len();
    found.entries.retain(|entry| entry.frame > after);
    found.more &= found.entries.len() == all;
    Ok(found)
}

impl Following {
    fn begin(dir: &Path, recorded: bool) -> Result<Following, HistoryError> {
        let history = History::open(dir)?;
        let known_from = history.known_from()?;
        let follower = Follower::open(&history, &all(recorded))?;
        let (from, used) = (follower.last(), Instant::now());
        Ok(Following { follower, heard: VecDeque::new(), bytes: 0, from, known_from, used })
    }

    fn listen(&mut self) -> Result<(), HistoryError> {
        self.used = Instant::now();
        let Following { follower, heard, bytes, from, .. } = self;
        follower.poll(&mut |entry| {
            *bytes += size(&entry);
            heard.push_back(entry);
            while heard.len() > MAX_FOLLOWED || (*bytes > MAX_ENTRIES_BYTES && heard.len() > 1) {
                let Some(oldest) = heard.pop_front() else { break };
                *bytes -= size(&oldest);
                // Of the frame of the one that left, others may have left too.
                *from = oldest.frame;
            }
        })?;
        Ok(())
    }

    fn tell(&self, query: &Query, after: u64) -> Result<Entries, HistoryError> {
        let mut filter = query.filter()?;
        let later = self.heard.iter().filter(|entry| entry.frame > after);
        let mut entries: Vec<Entry> = later.filter(|entry| filter.takes(entry)).cloned().collect();
        let surplus = entries.len().saturating_sub(query.limit);
        entries.drain(..surplus);
        let (more, known_from) = (surplus > 0, self.known_from.clone());
        Ok(Entries { entries, more, known_from, last: self.follower.last() })
    }
}
