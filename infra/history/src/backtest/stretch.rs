//! A stretch of the log: where to begin to read, what it holds, and its records one by one.

use std::ops::ControlFlow;

use fanin_event::Timestamp;
use fanin_plan::Plan;
use fanin_runtime::{ActivateError, Record, Records};
use fanin_store::Seq;

use crate::error::HistoryError;
use crate::history::History;

/// The stretch.
#[derive(Debug)]
pub(crate) struct Stretch {
    /// The frame after which to read.
    pub(crate) base: Seq,
    /// From here on, in the time of the log.
    pub(crate) since: Option<Timestamp>,
    /// Up to and including.
    pub(crate) until: Option<Timestamp>,
    /// The plan in force at the base; none: it is in the log.
    pub(crate) plan: Option<Plan>,
    /// The log does not reach back to `since` (or to its own beginning): it begins here.
    pub(crate) known_from: Option<Timestamp>,
}

/// What is done with a frame.
pub(crate) type FrameVisit<'a, E> = dyn FnMut(Seq, &[u8]) -> Result<(), E> + 'a;

/// What a stretch holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Survey {
    /// Events accepted.
    pub(crate) events: u64,
    /// Answers to calls.
    pub(crate) settled: u64,
    /// Inputs that could not be events.
    pub(crate) refused: u64,
    /// What people did.
    pub(crate) by_hand: u64,
    /// The first and the last moment.
    pub(crate) first: Option<Timestamp>,
    /// The last one.
    pub(crate) last: Option<Timestamp>,
    /// The plan in force when it begins.
    pub(crate) plan: Option<Plan>,
    /// The plan in force when it ends.
    pub(crate) newest: Option<Plan>,
    /// Plans in force, one after the other.
    pub(crate) versions: u64,
}

impl Stretch {
    /// Finds where to begin: the newest base before `since`.
    pub(crate) fn begin(
        history: &History,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Stretch, HistoryError> {
        let bases = history.inspection().bases();
        if bases.is_empty() {
            // Says what is missing, if something is.
            history.earliest()?;
        }
        // The newest one before `since`; one that is damaged is passed over for the one before it.
        let mut order: Vec<Seq> = bases.iter().rev().copied().collect();
        if since.is_none() {
            order.reverse();
        }
        let (mut base, mut plan, mut now) = (0, None, None);
        for candidate in order {
            let Ok((its_plan, its_now)) = head(history, candidate) else { continue };
            (base, plan, now) = (candidate, its_plan, its_now);
            if since.is_none_or(|since| now.is_none_or(|now| now < since)) {
                break;
            }
        }
        let known_from = now.filter(|now| since.is_none_or(|since| *now >= since));
        Ok(Stretch { base, since, until, plan, known_from })
    }

    /// Hands over the records of the stretch.
    pub(crate) fn records<E: From<HistoryError>>(
        &self,
        history: &History,
        visit: &mut dyn FnMut(&Record<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let since = self.since.unwrap_or(Timestamp(i64::MIN));
        self.all(history, &mut |record| if record.at() < since { Ok(()) } else { visit(record) })
    }

    /// Whether a record of that moment belongs to it.
    pub(crate) fn has(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at <= until)
    }

    /// Hands over the frames after the base, up to the first that begins after `until`. The records in them that do not
    /// belong to the stretch are for the visitor to leave out.
    pub(crate) fn frames<E: From<HistoryError>>(
        &self,
        history: &History,
        visit: &mut FrameVisit<'_, E>,
    ) -> Result<(), E> {
        let mut trouble = None;
        let read = history.inspection().replay_while(self.base, &mut |frame, bytes| {
            let first = Records::of(bytes).next().and_then(Result::ok).map(|record| record.at());
            if first.is_some_and(|at| self.until.is_some_and(|until| at > until)) {
                return Ok(ControlFlow::Break(()));
            }
            Ok(match visit(frame, bytes) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    trouble = Some(error);
                    ControlFlow::Break(())
                }
            })
        });
        match trouble {
            Some(error) => Err(error),
            None => read.map(drop).map_err(|error| HistoryError::from(error).into()),
        }
    }

    /// Also the records between the base and `since`.
    fn all<E: From<HistoryError>>(
        &self,
        history: &History,
        visit: &mut dyn FnMut(&Record<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let until = self.until.unwrap_or(Timestamp::NEVER);
        let mut trouble = None;
        let read = history.inspection().replay_while(self.base, &mut |frame, bytes| {
            for record in Records::of(bytes) {
                let outcome = match record {
                    Ok(record) if record.at() > until => return Ok(ControlFlow::Break(())),
                    Ok(record) => visit(&record),
                    Err(error) => Err(HistoryError::Record { frame, error }.into()),
                };
                if let Err(error) = outcome {
                    trouble = Some(error);
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        });
        match trouble {
            Some(error) => Err(error),
            None => read.map(drop).map_err(|error| HistoryError::from(error).into()),
        }
    }

    /// Looks through it, without an engine.
    pub(crate) fn survey(&self, history: &History) -> Result<Survey, HistoryError> {
        let mut found = Survey { newest: self.plan.clone(), ..Survey::default() };
        let since = self.since.unwrap_or(Timestamp(i64::MIN));
        self.all(history, &mut |record| {
            if let Record::Activated { plan, .. } = record {
                let plan = Plan::from_json(plan).map_err(ActivateError::from)?;
                if found.newest.as_ref() != Some(&plan) {
                    found.newest = Some(plan);
                    found.versions += u64::from(record.at() >= since);
                }
            }
            if record.at() < since {
                return Ok::<(), HistoryError>(());
            }
            if found.first.is_none() {
                found.first = Some(record.at());
            }
            found.last = found.last.max(Some(record.at()));
            match record {
                Record::Event { .. } => found.events += 1,
                Record::Settled { .. } => found.settled += 1,
                Record::Refused { .. } => found.refused += 1,
                Record::Activated { .. } | Record::Tick { .. } => {}
                _ => found.by_hand += 1,
            }
            Ok(())
        })?;
        found.plan = self.plan_at_since(history)?;
        found.versions += u64::from(found.plan.is_some());
        Ok(found)
    }

    /// The plan in force just before `since`.
    fn plan_at_since(&self, history: &History) -> Result<Option<Plan>, HistoryError> {
        let Some(since) = self.since else { return Ok(self.plan.clone()) };
        let before = Stretch {
            base: self.base,
            since: None,
            until: Some(Timestamp(since.0.saturating_sub(1))),
            plan: None,
            known_from: None,
        };
        let mut plan = self.plan.clone();
        before.all(history, &mut |record| {
            if let Record::Activated { plan: text, .. } = record {
                plan = Some(Plan::from_json(text).map_err(ActivateError::from)?);
            }
            Ok::<(), HistoryError>(())
        })?;
        Ok(plan)
    }
}

/// The plan of a base and its moment; nothing for the beginning of the log.
fn head(history: &History, base: Seq) -> Result<(Option<Plan>, Option<Timestamp>), HistoryError> {
    let past = history.glance_at(base, None)?;
    Ok((past.engine.plan().cloned(), (base > 0).then(|| past.engine.now())))
}
