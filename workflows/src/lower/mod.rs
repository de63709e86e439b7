//! The linked workflow as a plan, with its fingerprints.

mod version;

use fanin_plan::Plan;
use fanin_plan::Schedule;
use fanin_plan::plan::PLAN_FORMAT;

use crate::resolve::Linked;
use crate::syntax::workflow::Draft;

/// Makes the plan. Nothing when a part is missing, which the report has said.
pub(crate) fn lower(draft: &Draft, linked: Linked) -> Option<Plan> {
    let whole = linked.conditions.len() == draft.conditions.len() && linked.rules.len() == draft.rules.len();
    let events: Option<Vec<_>> = draft.events.iter().map(|e| e.definition.clone()).collect();
    let functions: Option<Vec<_>> = draft.functions.iter().map(|f| f.function.clone()).collect();
    let schedule = |e: &crate::syntax::event::EventDraft| {
        Some(Schedule { event: e.name.value.clone(), expression: e.schedule.clone()? })
    };
    let mut plan = Plan {
        format: PLAN_FORMAT,
        workflow: draft.name.clone()?,
        version: String::new(),
        events: events?,
        schedules: draft.events.iter().filter_map(schedule).collect(),
        conditions: linked.conditions,
        rules: linked.rules,
        functions: functions?,
    };
    version::set(&mut plan, &linked.symbols).ok()?;
    whole.then_some(plan)
}
