//! Counts what is alike and what differs, condition by condition and rule by rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use fanin_event::Timestamp;
use fanin_plan::Plan;

use super::Watch;
use super::compare::{self, Words};
use super::happening::Happening;
use super::names::Renames;
use super::pairing::{Met, Which};
use super::report::{Change, ConditionRow, Difference, Endings, FieldChange, RuleRow, Tally, What};

/// Examples kept of each kind of difference in one place.
const EXAMPLES: u64 = 5;

/// The rows of the report so far.
pub(super) struct Tallies {
    pub(super) conditions: Vec<ConditionRow>,
    pub(super) rules: Vec<RuleRow>,
    /// Places of the rows, by old name.
    places: BTreeMap<(bool, Arc<str>), usize>,
    names: Words,
    /// The first difference in each place.
    firsts: BTreeMap<(What, Arc<str>), Timestamp>,
}

impl Tallies {
    /// With a row for everything that either version has.
    pub(super) fn new((old, new): (&Plan, &Plan), names: Words) -> Tallies {
        let (conditions, rules) = (Vec::new(), Vec::new());
        let mut tallies =
            Tallies { conditions, rules, places: BTreeMap::new(), names, firsts: BTreeMap::new() };
        tallies.know(old);
        for condition in &new.conditions {
            let name = tallies.names.renames.condition(&condition.name);
            let row = tallies.condition(&name);
            row.renamed_to = (name != condition.name).then(|| condition.name.to_string());
        }
        for rule in &new.rules {
            let name = tallies.names.renames.rule(&rule.name);
            let row = tallies.rule(&name);
            row.renamed_to = (name != rule.name).then(|| rule.name.to_string());
            row.answers.listened |= listened(new, &rule.name);
        }
        tallies
    }

    /// Another old version.
    pub(super) fn know(&mut self, old: &Plan) {
        for condition in &old.conditions {
            self.condition(&condition.name);
        }
        for rule in &old.rules {
            self.rule(&rule.name).answers.listened |= listened(old, &rule.name);
        }
    }

    /// What names mean.
    pub(super) fn renames(&self) -> &Renames {
        &self.names.renames
    }

    /// The row of a condition.
    pub(super) fn condition(&mut self, name: &Arc<str>) -> &mut ConditionRow {
        let rows = &mut self.conditions;
        let place = *self.places.entry((true, name.clone())).or_insert_with(|| {
            rows.push(ConditionRow { name: name.to_string(), ..ConditionRow::default() });
            rows.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "places are those of rows, which never go")]
        &mut rows[place]
    }

    /// The row of a rule.
    pub(super) fn rule(&mut self, name: &Arc<str>) -> &mut RuleRow {
        let rows = &mut self.rules;
        let place = *self.places.entry((false, name.clone())).or_insert_with(|| {
            rows.push(RuleRow { name: name.to_string(), ..RuleRow::default() });
            rows.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "places are those of rows, which never go")]
        &mut rows[place]
    }

    /// Counts something that a version gave out.
    pub(super) fn count(&mut self, which: Which, happening: &Happening) {
        match happening.what {
            What::Ending => {
                let row = self.condition(&happening.name);
                let Endings { fired, timed_out } =
                    if which == Which::Old { &mut row.old } else { &mut row.new };
                *if happening.outcome == "fired" { fired } else { timed_out } += 1;
            }
            What::Call => {
                let row = self.rule(&happening.name);
                *if which == Which::Old { &mut row.old_calls } else { &mut row.new_calls } += 1;
            }
            What::RunEnd => {}
        }
    }

    /// Judges what has met, or never will. A difference is told to `each` too.
    pub(super) fn judge(&mut self, met: Met, watch: &mut Watch<'_>) {
        match met {
            Met::Both(both) => {
                let (old, new) = *both;
                let fields = compare::differences(&old, &new, &self.names);
                if fields.is_empty() {
                    self.tally(&old).same += 1;
                } else {
                    self.differ(Change::Changed, (Some(&old), Some(&new)), fields, watch);
                }
            }
            Met::Alone(Which::Old, old) => {
                self.differ(Change::OnlyOld, (Some(&old), None), Vec::new(), watch);
            }
            Met::Alone(Which::New, new) => {
                self.differ(Change::OnlyNew, (None, Some(&new)), Vec::new(), watch);
            }
        }
    }

    fn tally(&mut self, of: &Happening) -> &mut Tally {
        match of.what {
            What::Ending => &mut self.condition(&of.name).endings,
            What::Call => &mut self.rule(&of.name).calls,
            What::RunEnd => &mut self.rule(&of.name).ends,
        }
    }

    fn differ(
        &mut self,
        change: Change,
        (old, new): (Option<&Happening>, Option<&Happening>),
        fields: Vec<FieldChange>,
        watch: &mut Watch<'_>,
    ) {
        let Some(one) = old.or(new) else { return };
        let at = old.into_iter().chain(new).map(|h| h.at).min().unwrap_or(one.at);
        let place = (one.what, one.name.clone());
        let first = self.firsts.entry(place).or_insert(at);
        *first = at.min(*first);
        let tally = self.tally(one);
        let count = match change {
            Change::Changed => &mut tally.changed,
            Change::OnlyOld => &mut tally.only_old,
            Change::OnlyNew => &mut tally.only_new,
        };
        *count += 1;
        let example = *count <= EXAMPLES;
        for field in &fields {
            match tally.fields.get_mut(&field.field) {
                Some(count) => *count += 1,
                None => drop(tally.fields.insert(field.field.clone(), 1)),
            }
        }
        if !example && watch.each.is_none() {
            return;
        }
        let difference = Difference {
            change,
            what: one.what,
            name: one.name.to_string(),
            key: one.key.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            nth: one.nth,
            index: one.index,
            old: old.map(Happening::sighting),
            new: new.map(Happening::sighting),
            fields,
        };
        if let Some(each) = &mut watch.each {
            each(&difference);
        }
        if example {
            self.tally(one).examples.push(difference);
        }
    }

    /// Writes the moments of the first differences into the rows; gives the earliest of all.
    pub(super) fn firsts(&mut self) -> Option<Timestamp> {
        let firsts = std::mem::take(&mut self.firsts);
        for ((what, name), at) in &firsts {
            let tally = match what {
                What::Ending => &mut self.condition(name).endings,
                What::Call => &mut self.rule(name).calls,
                What::RunEnd => &mut self.rule(name).ends,
            };
            tally.first_difference = Some(at.to_string());
        }
        firsts.into_values().min()
    }
}

/// Whether a member or a rule names how `rule` ends, or what it emits instead.
fn listened(plan: &Plan, rule: &str) -> bool {
    let emitted: Vec<&str> = plan
        .rules
        .iter()
        .filter(|r| *r.name == *rule)
        .flat_map(|r| r.catch.iter().map(|catcher| &*catcher.emit))
        .collect();
    let ending = |name: &str| {
        let rest = name.strip_prefix(rule);
        matches!(rest, Some(".done" | ".failed")) || emitted.contains(&name)
    };
    let members = plan.conditions.iter().flat_map(|c| c.members.iter().map(|m| &*m.name));
    members.chain(plan.rules.iter().flat_map(|r| r.when.iter().map(|w| &**w))).any(ending)
}
