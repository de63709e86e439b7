//! Instances, sorted and searched: a bounded number is looked at, in stretches between the turns.

use std::cmp::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use fanin_local::HostError;
use fanin_runtime::InstanceFilter;
use fanin_runtime::documents::{InstanceRow, instance_page};
use serde::Serialize;

use crate::dashboard::Dashboard;
use crate::limits::{KEYS_FRESH, MAX_KEYS, MAX_LOOKS};

/// By what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    #[default]
    Deadline,
    Progress,
    Last,
    Key,
    Condition,
}

/// Which instances, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) filter: InstanceFilter,
    pub(crate) sort: Sort,
    pub(crate) descending: bool,
}

/// All instances that fit, in order, as they were a moment ago.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) rows: Vec<InstanceRow>,
    pub(crate) partial: bool,
    pub(crate) open: usize,
    pub(crate) instances: usize,
    pub(crate) now: String,
}

/// A page of them.
#[derive(Debug, Serialize)]
pub(crate) struct Page<'a> {
    rows: &'a [InstanceRow],
    total: usize,
    open: usize,
    instances: usize,
    partial: bool,
    now: &'a str,
}

/// The last answer, while it is fresh.
#[derive(Debug, Default)]
pub(crate) struct Fresh(Mutex<Option<(Question, Instant, Arc<Found>)>>);

impl Found {
    /// The rows from `offset` on.
    pub(crate) fn page(&self, offset: usize, limit: usize) -> Page<'_> {
        let from = offset.min(self.rows.len());
        let until = from.saturating_add(limit).min(self.rows.len());
        Page {
            rows: self.rows.get(from..until).unwrap_or_default(),
            total: self.rows.len(),
            open: self.open,
            instances: self.instances,
            partial: self.partial,
            now: &self.now,
        }
    }
}

impl Dashboard {
    /// The answer to a question, at most [`KEYS_FRESH`] old.
    ///
    /// # Errors
    /// When the host has stopped.
    pub(crate) async fn find_keys(&self, question: &Question) -> Result<Arc<Found>, HostError> {
        let known = self.keys.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((asked, at, found)) = known
            && asked == *question
            && at.elapsed() < KEYS_FRESH
        {
            return Ok(found);
        }
        let found = Arc::new(self.look_for_keys(question).await?);
        let fresh = (question.clone(), Instant::now(), found.clone());
        *self.keys.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
        Ok(found)
    }

    async fn look_for_keys(&self, question: &Question) -> Result<Found, HostError> {
        let handle = self.service().handle();
        let (mut rows, mut next, mut now) = (Vec::new(), Some(0), String::new());
        for _ in 0..MAX_LOOKS {
            let Some(from) = next.filter(|_| rows.len() < MAX_KEYS) else { break };
            let (filter, left) = (question.filter.clone(), MAX_KEYS - rows.len());
            let page = handle.look_async(move |engine| instance_page(engine, &filter, from, left)).await?;
            rows.extend(page.instances);
            (next, now) = (page.next, page.now);
        }
        let counts = |engine: &fanin_runtime::Engine| (engine.open_instances(), engine.instance_count());
        let (open, instances) = handle.look_async(counts).await?;
        sort(&mut rows, question);
        Ok(Found { rows, partial: next.is_some(), open, instances, now })
    }
}

/// Those without a value come last, whichever way it is sorted.
fn sort(rows: &mut [InstanceRow], question: &Question) {
    let turned = |order: Ordering| if question.descending { order.reverse() } else { order };
    let last = |a: bool, b: bool, order: &dyn Fn() -> Ordering| match (a, b) {
        (true, true) => turned(order()),
        (there, other) => other.cmp(&there),
    };
    rows.sort_by(|a, b| {
        let by = match question.sort {
            Sort::Deadline => {
                last(a.deadline.is_some(), b.deadline.is_some(), &|| a.deadline.cmp(&b.deadline))
            }
            Sort::Last => last(a.last_at.is_some(), b.last_at.is_some(), &|| a.last_at.cmp(&b.last_at)),
            Sort::Progress => last(a.needed.is_some(), b.needed.is_some(), &|| progress(a, b)),
            Sort::Key => turned(a.key.cmp(&b.key)),
            Sort::Condition => turned(a.condition.cmp(&b.condition)),
        };
        by.then_with(|| a.condition.cmp(&b.condition)).then_with(|| a.key.cmp(&b.key))
    });
}

/// Compares fractions without dividing.
fn progress(a: &InstanceRow, b: &InstanceRow) -> Ordering {
    let times = |count: u64, other: Option<u64>| u128::from(count) * u128::from(other.unwrap_or(1).max(1));
    times(a.count, b.needed).cmp(&times(b.count, a.needed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str, (count, needed): (u64, Option<u64>), deadline: Option<&str>) -> InstanceRow {
        InstanceRow {
            condition: "c".to_owned(),
            key: [("k".to_owned(), key.to_owned())].into(),
            state: fanin_condition::State::Open,
            count,
            needed,
            missing: fanin_condition::Missing::Unknown,
            deadline: deadline.map(str::to_owned),
            forgotten_at: None,
            last_at: None,
            round: 1,
            draining: false,
        }
    }

    #[test]
    fn sorted_either_way_with_nothing_last() {
        let rows = || {
            vec![
                row("a", (1, None), None),
                row("b", (2, Some(3)), Some("2026-01-03T00:00:00Z")),
                row("c", (1, Some(4)), Some("2026-01-02T00:00:00Z")),
            ]
        };
        let keys = |sort_by, descending| {
            let mut rows = rows();
            sort(&mut rows, &Question { sort: sort_by, descending, ..Question::default() });
            rows.iter().map(|row| row.key["k"].clone()).collect::<String>()
        };
        assert_eq!((keys(Sort::Deadline, false), keys(Sort::Deadline, true)), ("cba".into(), "bca".into()));
        assert_eq!((keys(Sort::Progress, false), keys(Sort::Progress, true)), ("cba".into(), "bca".into()));
        assert_eq!((keys(Sort::Key, false), keys(Sort::Key, true)), ("abc".into(), "cba".into()));
        assert_eq!(keys(Sort::Last, false), "abc");
    }
}
