//! What a soak has shown, and whether it is good.

use std::fmt;
use std::time::Duration;

use fanin_local::limits::{MAX_OPEN_CALLS, MAX_QUEUED_EVENTS};

use super::Stretch;
use crate::measure::{Series, millis};

/// Most resident memory, in MiB: what the host's limits let wait (events, payloads of calls, runs), and as much again.
const MOST_MEMORY: u64 = 1_024;
/// Acknowledgements have recovered when so many in a row after the burst, while its backlog is still worked off, have a median of
/// at most so many times that of before, or so many milliseconds more.
const IN_A_ROW: usize = 20;
const RECOVERED_TIMES: f64 = 5.0;
const RECOVERED_MORE: f64 = 20.0;
/// Wrong answers that are told; further ones are counted.
const TOLD: usize = 10;

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Events acknowledged over HTTP, each counted once.
    pub orders: usize,
    /// Uploads acknowledged over S3.
    pub uploads: usize,
    /// Calls that came in.
    pub calls: u64,
    /// Of these, made again under the same id.
    pub repeated: u64,
    /// Acknowledged and never called for.
    pub lost: usize,
    /// Called for under two ids.
    pub double: u64,
    /// Kills.
    pub kills: u32,
    /// Requests that were told to come again.
    pub http_refused: usize,
    /// Uploads that were.
    pub s3_refused: usize,
    /// Most events that were acknowledged and not called for yet.
    pub backlog: usize,
    /// How long what was owed took at the end.
    pub settled: Duration,
    /// Milliseconds from a start after a kill until it was ready.
    pub(super) recovered: Series,
    /// What it said that it should not have to say.
    pub said: Vec<String>,
    latencies: [Series; 3],
    /// Of the time after the burst: when, from its end, and how long.
    after: Vec<(Duration, f64)>,
    memory: [u64; 4],
    wrong: Vec<String>,
    wrongs: usize,
}

impl Report {
    /// One acknowledgement of a single event.
    pub(super) fn latency(&mut self, stretch: Stretch, took: Duration) {
        if let Some(series) = self.latencies.get_mut(stretch as usize) {
            series.add(took.as_secs_f64() * 1e3);
        }
    }

    /// One of those after the burst; `since`: its end.
    pub(super) fn after_burst(&mut self, since: Duration, took: Duration) {
        self.after.push((since, took.as_secs_f64() * 1e3));
    }

    /// How long after the burst acknowledgements were again about as fast as before it; none: they never were.
    #[must_use]
    pub fn calm_after(&self) -> Option<Duration> {
        let [before, ..] = &self.latencies;
        let bound = (before.median() * RECOVERED_TIMES).max(before.median() + RECOVERED_MORE);
        let calm = |row: &&[(Duration, f64)]| {
            let mut series = Series::default();
            row.iter().for_each(|(_, took)| series.add(*took));
            series.median() <= bound
        };
        self.after.windows(IN_A_ROW).find(calm)?.first().map(|(since, _)| *since)
    }

    /// Resident memory in MiB.
    pub(super) fn memory(&mut self, stretch: Stretch, mebibytes: u64) {
        if let Some(most) = self.memory.get_mut(stretch as usize) {
            *most = mebibytes.max(*most);
        }
    }

    /// An answer that is neither yes nor "come again".
    pub(super) fn wrong(&mut self, what: String) {
        self.wrongs += 1;
        if self.wrong.len() < TOLD {
            self.wrong.push(what);
        }
    }

    /// What is not as it should be; empty: all is well.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.wrong.clone();
        let more = self.wrongs.saturating_sub(self.wrong.len());
        problems.extend((more > 0).then(|| format!("and {more} more wrong answers")));
        problems.extend(self.said.iter().map(|line| format!("the process said: {line}")));
        let mut add = |bad: bool, what: String| problems.extend(bad.then_some(what));
        add(self.lost > 0, format!("{} acknowledged events were never called for", self.lost));
        add(self.double > 0, format!("{} events were called for under two ids", self.double));
        add(
            self.orders == 0 || self.uploads == 0,
            "nothing was acknowledged over HTTP or over S3".to_owned(),
        );
        for (refused, how) in [(self.http_refused, "HTTP"), (self.s3_refused, "S3")] {
            add(
                refused == 0,
                format!(
                    "no producer was ever told to come again over {how}: at most {} events waited for their calls, and only \
                     past {MAX_OPEN_CALLS} the host holds producers back: in three minutes that takes 2,300 events a second, in \
                     one 5,500; more minutes, or a less busy machine, show it",
                    self.backlog
                ),
            );
        }
        let bound = MAX_OPEN_CALLS.saturating_add(MAX_QUEUED_EVENTS);
        add(
            self.backlog > bound,
            format!("{} events waited for their calls, of {bound} at most", self.backlog),
        );
        let most = self.memory.iter().copied().max().unwrap_or(0);
        add(most > MOST_MEMORY, format!("{most} MiB of memory, of {MOST_MEMORY} at most"));
        let [before, _, after] = &self.latencies;
        add(
            self.calm_after().is_none(),
            format!(
                "acknowledgements have not recovered after the burst: their median is {}, before it was {}",
                millis(after.median()),
                millis(before.median())
            ),
        );
        problems
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |series: &Series| {
            format!(
                "p50 {} p99 {} max {}",
                millis(series.at(0.5)),
                millis(series.at(0.99)),
                millis(series.at(1.0))
            )
        };
        let [before, burst, after] = &self.latencies;
        let [m0, m1, m2, m3] = self.memory;
        write!(
            f,
            "acknowledged {} over HTTP and {} over S3, lost {}, double {}; kills {}, calls {}, of which repeated {}; told to come \
             again {} over HTTP, {} over S3; at most {} events waited for their calls; most memory {m0} MiB before, {m1} in the burst, {m2} after, {m3} at the end; single \
             event acknowledged: before {}, in the burst {}, after {}, calm again {} after the burst; ready after a kill {}; all done {:.1} s after the last event",
            self.orders,
            self.uploads,
            self.lost,
            self.double,
            self.kills,
            self.calls,
            self.repeated,
            self.http_refused,
            self.s3_refused,
            self.backlog,
            of(before),
            of(burst),
            of(after),
            self.calm_after().map_or("never".to_owned(), |after| format!("{:.1} s", after.as_secs_f64())),
            self.recovered.show(millis),
            self.settled.as_secs_f64(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Report {
        let mut report =
            Report { orders: 9, uploads: 2, http_refused: 1, s3_refused: 1, ..Report::default() };
        report.latency(Stretch::Before, Duration::from_millis(2));
        for second in 0..60 {
            let slow = if second < 20 { 300 } else { 3 };
            report.after_burst(Duration::from_secs(second), Duration::from_millis(slow));
        }
        report
    }

    #[test]
    fn each_thing_that_is_wrong_is_told() {
        assert_eq!(good().problems(), Vec::<String>::new());
        assert_eq!(Report { lost: 1, ..good() }.problems().len(), 1);
        assert_eq!(Report { double: 1, ..good() }.problems().len(), 1);
        assert_eq!(Report { http_refused: 0, ..good() }.problems().len(), 1);
        assert_eq!(Report { s3_refused: 0, ..good() }.problems().len(), 1);
        let most = MAX_OPEN_CALLS + MAX_QUEUED_EVENTS;
        assert_eq!(Report { backlog: most, ..good() }.problems().len(), 0);
        assert_eq!(Report { backlog: most + 1, ..good() }.problems().len(), 1);
        // Half of a row may still be slow.
        assert_eq!(good().calm_after(), Some(Duration::from_secs(11)));
        let mut slow = good();
        slow.after.truncate(25);
        assert_eq!((slow.calm_after(), slow.problems().len()), (None, 1));
        let mut large = good();
        large.memory(Stretch::Burst, MOST_MEMORY);
        assert_eq!(large.problems().len(), 0);
        large.memory(Stretch::Over, MOST_MEMORY + 1);
        assert_eq!(large.problems().len(), 1);
        let mut wrong = good();
        (0..20).for_each(|n| wrong.wrong(n.to_string()));
        assert_eq!((wrong.problems().len(), wrong.wrongs), (TOLD + 1, 20));
    }
}
