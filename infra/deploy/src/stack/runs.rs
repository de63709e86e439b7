//! Runs of a stack that are in progress.

use fanin_runtime::documents::RunRow;
use fanin_state_first::read_run;
use fanin_store::state::{CellKind, StateStore};

use super::{Stack, told};
use crate::limits::MAX_SCANNED_PAGES;

impl Stack {
    /// Up to `limit` runs in progress, in the order in which they began, and whether there are more: these need not be the
    /// oldest, for reading ends with the page that has enough. Up to the whole table is read for it, page by page, and paid for.
    ///
    /// # Errors
    /// The table cannot be read, or the plan of a run is gone.
    pub fn runs(&self, limit: usize) -> anyhow::Result<(Vec<RunRow>, bool)> {
        let (store, bucket) = (self.store(), self.bucket());
        let (mut rows, mut after) = (Vec::new(), None);
        for _ in 0..MAX_SCANNED_PAGES {
            let page = store.scan(CellKind::Run, &self.workflow, None, after.take());
            let page = self.runtime.block_on(page).map_err(|error| told(&error))?;
            for (_, cell) in &page.cells {
                let looked = read_run((&store, &bucket), self.conditions.plans(), cell);
                let Some(looked) = self.runtime.block_on(looked)? else { continue };
                rows.push(RunRow::of(&looked.rule, &looked.run));
            }
            after = page.next;
            if after.is_none() || rows.len() > limit {
                break;
            }
        }
        rows.sort_by(|a, b| (&a.since, &a.run).cmp(&(&b.since, &b.run)));
        let more = after.is_some() || rows.len() > limit;
        rows.truncate(limit);
        Ok((rows, more))
    }
}
