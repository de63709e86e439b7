//! A condition with its members linked.

use std::sync::Arc;

use fanin_condition::{Condition, Fire, Kind, Member, Reach};

use super::symbols::{Symbol, Symbols};
use crate::codes;
use crate::limits::DEFAULT_RETAIN;
use crate::read::At;
use crate::report::{Mistake, Report};
use crate::suggest::{did_you_mean, list};
use crate::syntax::condition::{ConditionDraft, CountDraft, KindDraft, Name, ReachDraft};
use crate::syntax::workflow::Draft;
use crate::tree::Place;

/// Links a condition; nothing when it has a mistake.
pub(super) fn link(
    draft: &Draft,
    condition: &ConditionDraft,
    symbols: &Symbols,
    report: &mut Report<'_>,
) -> Option<Condition> {
    let mut linker = Linker { by: &condition.by, symbols, missing: Vec::new(), report };
    let linked = linker.kind(condition.kind.as_ref()?);
    linker.tell_missing();
    let (kind, members) = linked?;
    let watches = matches!(&condition.kind, Some(KindDraft::Absent { after: None, .. }));
    let default = if watches { Fire::Every } else { Fire::Once };
    Some(Condition {
        workflow: draft.name.clone()?,
        name: condition.name.value.clone(),
        version: 0,
        kind,
        members,
        by: condition.by.iter().map(|c| c.value.clone()).collect(),
        within: condition.within.as_ref().map(|w| w.value),
        fire: condition.fire.unwrap_or(default),
        collect: condition.collect.unwrap_or_default(),
        retain: condition.retain.as_ref().map_or(DEFAULT_RETAIN, |r| r.value),
    })
}

/// A name that lacks a capture, with those it has.
struct Missing {
    capture: Name,
    of: Arc<str>,
    known: Vec<Arc<str>>,
}

struct Linker<'a, 's> {
    by: &'a [Name],
    symbols: &'a Symbols,
    /// Told together: one capture that several members lack is one mistake.
    missing: Vec<Missing>,
    report: &'a mut Report<'s>,
}

impl Linker<'_, '_> {
    fn kind(&mut self, kind: &KindDraft) -> Option<(Kind, Vec<Member>)> {
        let linker = self;
        Some(match kind {
            KindDraft::All(names) => (Kind::All, linker.members(names)?),
            KindDraft::Any(names) => (Kind::Any, linker.members(names)?),
            KindDraft::Sequence(names) => (Kind::Sequence, linker.members(names)?),
            KindDraft::AtLeast { n, of } => {
                (Kind::AtLeast { n: u32::try_from(n.value).ok()? }, linker.members(of)?)
            }
            KindDraft::Count(count) => linker.count(count)?,
            KindDraft::Absent { of, after, hold } => {
                let names: Vec<Name> = std::iter::once(of).chain(after).cloned().collect();
                (Kind::Absent { hold: *hold }, linker.members(&names)?)
            }
        })
    }

    /// Reports what is missing: once for a capture, however many members lack it.
    fn tell_missing(&mut self) {
        let mut told: Vec<Place> = Vec::new();
        for first in &self.missing {
            let same: Vec<&Missing> =
                self.missing.iter().filter(|m| m.capture.place == first.capture.place).collect();
            if !told.contains(&first.capture.place) {
                told.push(first.capture.place);
                self.report.add(no_capture(&same));
            }
        }
    }

    fn members(&mut self, names: &[Name]) -> Option<Vec<Member>> {
        let members: Vec<Option<Member>> = names.iter().map(|name| self.member(name)).collect();
        members.into_iter().collect()
    }

    fn member(&mut self, name: &Name) -> Option<Member> {
        let symbol = self.symbols.resolve(name, self.report)?;
        let captures = symbol.captures.clone().unwrap_or_default();
        let by = self.by;
        let key: Vec<Option<u16>> =
            by.iter().map(|capture| self.place_of(capture, &name.value, symbol)).collect();
        Some(Member {
            name: name.value.clone(),
            captures,
            key: key.into_iter().collect::<Option<_>>()?,
            distinct: None,
            reach: None,
        })
    }

    /// The place of a capture among those of a name; reports one it does not have.
    fn place_of(&mut self, capture: &Name, of: &str, symbol: &Symbol) -> Option<u16> {
        // Captures that a mistake elsewhere hides: nothing can be said about them.
        let captures = symbol.captures.as_ref()?;
        let found = captures.iter().position(|c| *c == capture.value);
        if found.is_none() {
            self.missing.push(Missing { capture: capture.clone(), of: of.into(), known: captures.clone() });
        }
        u16::try_from(found?).ok()
    }

    fn count(&mut self, count: &CountDraft) -> Option<(Kind, Vec<Member>)> {
        let mut counted = self.member(&count.of);
        if let Some(distinct) = &count.distinct
            && let Some(symbol) = self.symbols.get(&count.of.value)
        {
            let place = self.place_of(distinct, &count.of.value, symbol);
            counted = counted.zip(place).map(|(m, place)| Member { distinct: Some(place), ..m });
        }
        let (member, capture, place) = match count.reach.as_ref()? {
            ReachDraft::Number(number) => {
                let kind = Kind::Count { reach: Reach::Number(*number), window: count.window };
                return Some((kind, vec![counted?]));
            }
            ReachDraft::Captured { member, capture, place } => (member, capture, *place),
        };
        let symbol = self.symbols.get(member);
        let Some(symbol) = symbol else {
            let message = format!("there is no event `{member}` to bring the number");
            let help =
                did_you_mean(member, self.symbols.names()).unwrap_or_else(|| self.symbols.help(member));
            self.report.add(Mistake::new(codes::BAD_REACH, place, message).help(help));
            return None;
        };
        let at = At::new(capture.clone(), place);
        let reach = self.place_of(&at, member, symbol);
        let kind = Kind::Count { reach: Reach::Captured, window: count.window };
        if *member == count.of.value {
            return Some((kind, vec![Member { reach: Some(reach?), ..counted? }]));
        }
        let bringer = self.member(&At::new(member.clone(), place));
        Some((kind, vec![counted?, Member { reach: Some(reach?), ..bringer? }]))
    }
}

/// The mistake of a capture that these names lack.
fn no_capture(missing: &[&Missing]) -> Mistake {
    let [first, rest @ ..] = missing else { return Mistake::new(codes::NO_CAPTURE, Place::default(), "") };
    let (capture, of) = (&*first.capture.value, &*first.of);
    let names = list(missing.iter().map(|m| &*m.of));
    let does = if rest.is_empty() { "does" } else { "do" };
    let message = format!("{names} {does} not have the capture `{capture}`");
    let known = || first.known.iter().map(|c| &**c);
    let help = if let Some(path) = capture.strip_prefix("$.") {
        let last = path.rsplit('.').next().unwrap_or(path);
        format!(
            "write the name of a capture, not a path: add `capture: {{ {capture}: \"{{{last}}}\" }}` to the event, and `{last}` here"
        )
    } else if let Some(help) = did_you_mean(capture, known()) {
        help
    } else if first.known.is_empty() {
        format!(
            "`{of}` captures nothing; add `capture: {{ $.detail.{capture}: \"{{{capture}}}\" }}` to the event"
        )
    } else {
        format!("capture it where {names} is declared, or use one it has")
    };
    let told = missing.iter().filter(|m| !m.known.is_empty());
    told.fold(Mistake::new(codes::NO_CAPTURE, first.capture.place, message).help(help), |mistake, m| {
        mistake.note(format!("the captures of `{}` are {}", m.of, list(m.known.iter().map(|c| &**c))))
    })
}
