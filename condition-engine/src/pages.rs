//! A count in pages: for a key with more events than one cell can take.
//!
//! A *root*, the ordinary instance, is *paged* once it has many ids and is known to get more, see [`Paging::begin`]: from then on it counts no event itself.
//! Each event belongs to one page, found from what never changes about it (its own time and its identity; with `distinct`
//! its value), so that a repetition always comes to the same one. A page with [`MAX_PAGE_IDS`] is *frozen*: it takes
//! nothing more, and what it does not know belongs to one of its sixteen children, see [`Paging::turn`]. So the way of an event is: root,
//! page, child, as far as they are frozen; a repetition is known by one of them, and the last one takes what is new.
//!
//! A page tells its parent how much it and its children have counted in all, with a number that only grows. An older report
//! changes nothing, a lost one is made good by the next. The root fires by the rules of the core, once, since it is one cell.
//!
//! Pages of one moment have groups as parents, and these have groups again, so that no cell has many children.

mod node;
mod place;
mod report;

use fanin_event::Timestamp;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

pub use node::Node;
pub use place::Place;
pub use report::{Report, Totals};

use crate::apply::check_event;
use crate::condition::{Collect, Condition, Fire, Kind};
use crate::input::{Effect, MemberEvent, Verdict};
use crate::instance::{Ending, Instance, Phase};
use crate::kinds;
use crate::limits::{
    MAX_PAGE_SPAN, MAX_REACH, MAX_UNPAGED_IDS, MAX_UNPAGED_REACH, MIN_PAGE_SPAN, PAGE_AIM, PAGED_FROM,
    SAMPLE_EVERY,
};
use crate::round::Turn;

/// The member whose events are counted in pages.
const COUNTED: u16 = 0;

/// Whether the own time of the event that `instance` has just counted is one of those that [`Paging::begin`] wants: a few,
/// evenly out of all.
#[must_use]
pub fn samples(condition: &Condition, instance: &Instance) -> bool {
    applies(condition) && instance.seen.ids.len().is_multiple_of(SAMPLE_EVERY)
}

/// Whether instances of `condition` may be paged: counts that fire once and keep no members.
#[must_use]
pub fn applies(condition: &Condition) -> bool {
    matches!(condition.kind, Kind::Count { window: None, .. })
        && condition.fire == Fire::Once
        && condition.collect == Collect::None
}

/// What a root knows of its pages.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Paging {
    /// Milliseconds of event time that share a page.
    #[n(0)]
    span: u64,
    /// What the root has of its pages already.
    #[n(1)]
    settled: u64,
    #[n(2)]
    children: BTreeMap<String, Report>,
    /// Pages that are long divide by time. Those of before this was written divide by identity alone, and go on so.
    #[cbor(n(3), default)]
    by_time: bool,
}

impl Paging {
    /// Begins pages, if `instance` is of a condition that may have them, is open, and has enough ids. `own` are the
    /// times of some events, see [`samples`]: together with the moments of acceptance they tell how many events happen
    /// in a while, and so how long a while shares a page. Later changes of the rate cost units, nothing else.
    #[must_use]
    pub fn begin(condition: &Condition, instance: &Instance, own: &[Timestamp]) -> Option<Paging> {
        let ids = instance.seen.ids.len();
        let from = match kinds::needed(condition, instance) {
            Some(reach) if reach <= MAX_UNPAGED_REACH => return None,
            Some(_) => PAGED_FROM,
            None => MAX_UNPAGED_IDS,
        };
        if !applies(condition) || !instance.is_open() || ids < from {
            return None;
        }
        let lasted = instance.last_at.since(instance.first_at).0;
        let accepted = lasted.saturating_mul(PAGE_AIM) / u64::try_from(ids).unwrap_or(u64::MAX).max(1);
        // Events of the past come faster than they happened.
        let span = accepted.max(happened(own));
        let span = span.clamp(MIN_PAGE_SPAN, MAX_PAGE_SPAN);
        Some(Paging { span, settled: 0, children: BTreeMap::new(), by_time: true })
    }

    /// Whether `member` is counted in pages.
    #[must_use]
    pub fn takes(member: u16) -> bool {
        member == COUNTED
    }

    /// The first page on the way of an event, which has this time of its own.
    #[must_use]
    pub fn first(&self, condition: &Condition, own: Option<Timestamp>) -> Place {
        let distinct = condition.members.first().is_some_and(|member| member.distinct.is_some());
        match own {
            Some(own) if !distinct => Place::of_moment(own, self.span),
            _ => Place::of_no_moment(),
        }
    }

    /// What decides between the children of that page and those below, a digit each, the lowest one first: while a page is
    /// longer than [`MIN_PAGE_SPAN`], in which sixteenth of it the event happened; then its identity. With `distinct` it
    /// is the value, and without a time of its own the identity alone. `None`: the event cannot be taken.
    ///
    /// So a page for which too long a while was chosen, as when the first events came in disorder, mends itself: a batch
    /// of events which happened together still meets few pages.
    #[must_use]
    pub fn turn(
        &self,
        condition: &Condition,
        key: &str,
        event: &MemberEvent<'_>,
        own: Option<Timestamp>,
    ) -> Option<u64> {
        let mut effects = Vec::new();
        let mut turn = Turn { condition, key, effects: &mut effects, operator: None };
        let arrival = check_event(&mut turn, condition, event).ok()?;
        let hash = arrival.tag.hash(0);
        if arrival.member.distinct.is_some() || !self.by_time {
            return Some(hash);
        }
        Some(own.map_or(hash, |own| place::turn_of_moment(own, self.span, hash)))
    }

    /// A report of a child. False: it says nothing new.
    pub fn hear(&mut self, from: &str, report: Report) -> bool {
        report::hear(&mut self.children, from, report)
    }

    /// Brings what the pages have counted into the root, which may fire by it.
    pub fn settle(
        &mut self,
        condition: &Condition,
        key: &str,
        instance: &mut Instance,
        effects: &mut Vec<Effect>,
    ) -> Verdict {
        if instance.phase != Phase::Open || instance.version != condition.version {
            return Verdict::Ignored;
        }
        let totals = report::sum(self.children.values());
        let more = totals.counted.saturating_sub(self.settled);
        if more == 0 {
            return Verdict::Ignored;
        }
        self.settled = totals.counted;
        let counted = instance.counted.saturating_add(more).min(MAX_REACH);
        instance.counted = counted;
        instance.first_at = instance.first_at.min(totals.first_at);
        instance.last_at = instance.last_at.max(totals.last_at);
        instance.touched_at = instance.touched_at.max(totals.touched_at);
        instance.hops = instance.hops.max(totals.hops);
        let mut turn = Turn { condition, key, effects, operator: None };
        let mut verdict = Verdict::Waiting;
        if let Some(reach) = kinds::needed(condition, instance)
            && counted >= reach
        {
            // Pages report in steps; what is past the number came after the firing.
            instance.counted = reach;
            turn.finish(instance, Ending::Complete, instance.last_at);
            verdict = Verdict::Fired;
        }
        instance.due = kinds::next_step(condition, instance).0;
        verdict
    }
}

/// Milliseconds in which as many events happen as a page is meant to have: by the middle half of the samples.
fn happened(own: &[Timestamp]) -> u64 {
    let mut own = own.to_vec();
    own.sort_unstable();
    let quarter = own.len() / 4;
    let (Some(from), Some(to)) = (own.get(quarter), own.get(quarter.saturating_mul(3))) else { return 0 };
    let between = u64::try_from(quarter.saturating_mul(2).saturating_mul(SAMPLE_EVERY)).unwrap_or(u64::MAX);
    to.since(*from).0.saturating_mul(PAGE_AIM).checked_div(between).unwrap_or(0)
}

/// Does `instance` know this event, or with `distinct` its value?
#[must_use]
pub fn knows(condition: &Condition, key: &str, instance: &Instance, event: &MemberEvent<'_>) -> bool {
    let mut effects = Vec::new();
    let mut turn = Turn { condition, key, effects: &mut effects, operator: None };
    let Ok(arrival) = check_event(&mut turn, condition, event) else { return false };
    instance.seen.knows(arrival.print, instance.seed())
        || (arrival.member.distinct.is_some() && node::has_value(instance, arrival.tag))
}
