//! Runs of a stack that are in progress.

use fanin_runtime::documents::RunRow;
use fanin_state_first::list_runs;

use super::instances::Unread;
use super::{Stack, told};
use crate::limits::MAX_SCANNED_PAGES;

/// Runs that were asked for.
#[derive(Clone, Debug, Default)]
pub struct RunList {
    /// Those in progress, in the order in which they began.
    pub runs: Vec<RunRow>,
    /// Those that cannot be read.
    pub unread: Vec<Unread>,
    /// There are more.
    pub more: bool,
}

impl Stack {
    /// Up to `limit` runs in progress; when there are more, these need not be the oldest, for reading ends with the page that
    /// has enough. Up to the whole table is read for it, page by page, and paid for.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn runs(&self, limit: usize) -> anyhow::Result<RunList> {
        let (store, bucket) = (self.store(), self.bucket());
        let asked = list_runs((&store, &bucket), self.conditions.plans(), (limit, MAX_SCANNED_PAGES));
        let found = self.runtime.block_on(asked).map_err(|error| told(&error))?;
        let unread = found.unreadable.iter().map(|(key, why)| Unread::of("run", key, why)).collect();
        let runs = found.runs.iter().map(|looked| RunRow::of(&looked.rule, &looked.run)).collect();
        Ok(RunList { runs, unread, more: found.more })
    }
}
