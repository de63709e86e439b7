//! Dead letters of a stack: listed, shown, tried again.

use fanin_runtime::documents::{DeadFilter, DeadRow, DeadTold};
use fanin_state_first::{DeadError, get_dead, list_dead};
use serde::Serialize;

use super::{Stack, told};
use crate::limits::{DEAD_PAGE, MAX_DEAD_LOOKED_AT};

/// A dead letter of a list.
#[derive(Clone, Debug, Serialize)]
pub struct StackLetter {
    /// Its place: what `show` and `redrive` are given.
    pub place: String,
    /// The letter.
    #[serde(flatten)]
    pub row: DeadRow,
}

/// What became of a letter that was to be tried again.
#[derive(Clone, Debug, Serialize)]
pub struct Redriving {
    /// Its place.
    pub place: String,
    /// It is on its way, and gone from the dead letters.
    pub redriven: bool,
    /// Why it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Stack {
    /// Up to `limit` letters that fit, the oldest first, and whether there are more.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn dead(&self, filter: &DeadFilter, limit: usize) -> anyhow::Result<(Vec<StackLetter>, bool)> {
        let (store, bucket) = (self.store(), self.bucket());
        let mut found = Vec::new();
        let (mut after, mut looked) = (None::<String>, 0);
        loop {
            let page = list_dead((&store, &bucket), &self.workflow, after.as_deref(), DEAD_PAGE);
            let page = self.runtime.block_on(page).map_err(|error| told(&error))?;
            let full = page.len() >= DEAD_PAGE;
            looked += page.len();
            after = page.last().map(|last| last.sort.clone());
            for letter in page {
                let Some(record) = letter.record.filter(|record| filter.fits(&record.letter)) else {
                    continue;
                };
                if found.len() >= limit {
                    return Ok((found, true));
                }
                found.push(StackLetter { place: letter.sort, row: DeadRow::of(&record.letter) });
            }
            if !full || looked >= MAX_DEAD_LOOKED_AT {
                return Ok((found, full));
            }
        }
    }

    /// One letter, whole; none: it is not there.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn dead_letter(&self, place: &str) -> anyhow::Result<Option<DeadTold>> {
        let (store, bucket) = (self.store(), self.bucket());
        let found = self.runtime.block_on(get_dead((&store, &bucket), &self.workflow, place));
        let found = found.map_err(|error| told(&error))?;
        Ok(found.and_then(|found| found.record).map(|record| DeadTold::of(&record.letter)))
    }

    /// Tries a letter again; none: it is not there.
    ///
    /// # Errors
    /// The table or the queue cannot be used.
    pub fn redrive(&self, place: &str) -> anyhow::Result<Option<Redriving>> {
        let answer = |redriven, reason| Redriving { place: place.to_owned(), redriven, reason };
        match self.runtime.block_on(self.conditions.redrive(place, Stack::now())) {
            Ok(_) => Ok(Some(answer(true, None))),
            Err(DeadError::Missing(_)) => Ok(None),
            Err(DeadError::Stays(why)) => Ok(Some(answer(false, Some(why)))),
            Err(error) => Err(told(&error)),
        }
    }
}
