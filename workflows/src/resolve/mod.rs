//! Links what is read: names, captures, functions; checks what needs the whole file.

mod captures;
mod condition;
mod graph;
mod lifetime;
mod rule;
mod symbols;

use fanin_condition::Condition;
use fanin_rule::Rule;

use crate::report::Report;
use crate::syntax::workflow::Draft;

pub(crate) use symbols::{Origin, Symbols};

/// The linked parts of a workflow; versions are not set yet.
#[derive(Debug)]
pub(crate) struct Linked {
    pub(crate) conditions: Vec<Condition>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) symbols: Symbols,
}

/// Links a workflow. Parts with mistakes are left out; the report then has errors.
pub(crate) fn link(draft: &Draft, report: &mut Report<'_>) -> Linked {
    let mut symbols = Symbols::declare(draft, report);
    let asleep = captures::resolve(draft, &mut symbols, report);
    let conditions = draft
        .conditions
        .iter()
        .filter_map(|c| {
            lifetime::check(draft, c, &symbols, report);
            condition::link(draft, c, &symbols, report)
        })
        .collect();
    let rules = draft.rules.iter().filter_map(|r| rule::link(draft, r, &symbols, report)).collect();
    rule::unused_functions(draft, report);
    graph::cycles(draft, &symbols, &asleep, report);
    Linked { conditions, rules, symbols }
}
