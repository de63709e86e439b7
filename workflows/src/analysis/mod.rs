//! What is well formed and can hardly be meant: found by looking at the whole, reported as warnings. Where something is
//! not certain, nothing is said: a warning that is wrong teaches people to overlook the right ones.

pub(crate) mod aws;
mod completes;
mod emits;
pub(crate) mod fits;
pub(crate) mod nothing;
mod paths;
pub(crate) mod shape;
mod together;

use shape::Shape;

use crate::report::Report;
use crate::resolve::{Linked, Origin, Symbols};
use crate::syntax::condition::{ConditionDraft, KindDraft, Name, ReachDraft};
use crate::syntax::workflow::Draft;

/// A workflow without errors, and the shapes of its events.
struct View<'a> {
    draft: &'a Draft,
    symbols: &'a Symbols,
    shapes: Vec<Option<Shape>>,
}

/// Looks at a workflow without errors.
pub(crate) fn check(draft: &Draft, linked: &Linked, report: &mut Report<'_>) {
    let shapes = draft.events.iter().map(|e| e.definition.as_ref().and_then(Shape::of)).collect();
    let view = View { draft, symbols: &linked.symbols, shapes };
    aws::names(draft, report);
    emits::check(&view, report);
    together::check(&view, report);
    completes::check(&view, report);
    paths::check(&view, report);
}

impl View<'_> {
    fn origin(&self, name: &str) -> Option<&Origin> {
        self.symbols.get(name).map(|symbol| &symbol.origin)
    }

    /// The shape of an event from outside.
    fn shape(&self, name: &str) -> Option<&Shape> {
        match self.origin(name)? {
            Origin::Event(i) => self.shapes.get(*i)?.as_ref(),
            _ => None,
        }
    }

    /// The condition whose firing or timeout a name is.
    fn condition(&self, name: &str) -> Option<&ConditionDraft> {
        match self.origin(name)? {
            Origin::Fired(i) | Origin::Timeout(i) => self.draft.conditions.get(*i),
            _ => None,
        }
    }
}

/// The names a condition listens to, as they are written.
fn members(kind: &KindDraft) -> Vec<Name> {
    match kind {
        KindDraft::All(names) | KindDraft::Any(names) | KindDraft::Sequence(names) => names.clone(),
        KindDraft::AtLeast { of, .. } => of.clone(),
        KindDraft::Absent { of, after, .. } => std::iter::once(of).chain(after).cloned().collect(),
        KindDraft::Count(count) => {
            let bringer = match &count.reach {
                Some(ReachDraft::Captured { member, place, .. }) if *member != count.of.value => {
                    Some(Name::new(member.clone(), *place))
                }
                _ => None,
            };
            std::iter::once(count.of.clone()).chain(bringer).collect()
        }
    }
}
