//! What a person does to one instance: drop it, end its round, take a member as given. A record like everything else, with
//! who and why; checked before it is written.

use std::collections::BTreeMap;

use fanin_condition::{Input, OperateError, Operator, Waiver, check_expire, check_operator};
use fanin_event::{Identity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::instances::Entry;
use crate::record::{CommandRef, Record};
use crate::slab::Place;
use crate::trace::{Spot, Step};

/// What is to be done to an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Command {
    /// Forget it at once, without an event. The next member opens a new generation.
    Drop,
    /// End the open round as if its deadline had come.
    Expire,
    /// Take a member as given.
    Waive {
        /// Its name.
        member: String,
        /// Values of captures beside the key.
        #[serde(default)]
        set: BTreeMap<String, String>,
    },
}

/// Something a person wants done to one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The condition's name.
    pub condition: String,
    /// The correlation key, canonical text.
    pub key: String,
    /// What is to be done.
    pub command: Command,
    /// Who does it.
    pub by: String,
    /// Why.
    pub why: String,
}

impl Operation {
    /// Hands its record to `take`.
    pub fn with_record<T>(&self, at: Timestamp, take: impl FnOnce(&Record<'_>) -> T) -> T {
        let text;
        let command = match &self.command {
            Command::Drop => CommandRef::Drop,
            Command::Expire => CommandRef::Expire,
            Command::Waive { member, set } => {
                text = serde_json::to_string(set).unwrap_or_default();
                CommandRef::Waive { member, values: &text }
            }
        };
        let (condition, key) = (self.condition.as_str(), self.key.as_str());
        take(&Record::Operated { at, condition, key, command, by: &self.by, why: &self.why })
    }

    fn operator(&self) -> Operator<'_> {
        Operator { by: &self.by, why: &self.why }
    }
}

impl CommandRef<'_> {
    /// The command with texts of its own.
    #[must_use]
    pub fn to_command(self) -> Command {
        match self {
            CommandRef::Drop => Command::Drop,
            CommandRef::Expire => Command::Expire,
            CommandRef::Waive { member, values } => Command::Waive {
                member: member.to_owned(),
                set: serde_json::from_str(values).unwrap_or_default(),
            },
        }
    }
}

/// What an operation that can be carried out comes to.
enum Decided {
    Drop,
    Expire,
    Waive(Box<Waiver>),
}

impl Engine {
    /// Whether `operation` could be carried out now, with `at` as its moment. What is refused is not to be written.
    ///
    /// # Errors
    /// Why not, and what to do instead.
    pub fn check_operation(&self, operation: &Operation, at: Timestamp) -> Result<(), OperateError> {
        let (condition, key) = (operation.condition.as_str(), operation.key.as_str());
        self.decide((condition, key), &operation.command, operation.operator(), at).map(|_| ())
    }

    fn decide(
        &self,
        (condition, key): (&str, &str),
        command: &Command,
        operator: Operator<'_>,
        at: Timestamp,
    ) -> Result<(Place, Decided), OperateError> {
        check_operator(operator)?;
        let family = self.families.iter().position(|name| **name == *condition);
        let family = family.and_then(|family| u32::try_from(family).ok());
        let family = family.ok_or_else(|| OperateError::NoCondition(condition.to_owned()))?;
        let place = self.instances.find(family, key);
        let entry = place.and_then(|place| Some((place, self.instances.get(place)?)));
        let known = entry.and_then(|(_, entry)| self.conditions.get(entry.condition as usize));
        let (Some((place, entry)), Some(known)) = (entry, known) else {
            return Err(OperateError::NoInstance { condition: condition.to_owned(), key: key.to_owned() });
        };
        let definition = &known.condition;
        let decided = match command {
            Command::Drop => Decided::Drop,
            Command::Expire => {
                check_expire(definition, key, &entry.instance)?;
                Decided::Expire
            }
            Command::Waive { member, set } => {
                let waiver = Waiver::new((definition, key, &entry.instance), member, set, operator, at)?;
                Decided::Waive(Box::new(waiver))
            }
        };
        Ok((place, decided))
    }

    /// Carries out what a record says. What is refused changes nothing: the record was not checked, or its time was another.
    pub(crate) fn operated(&mut self, at: (&str, &str), command: CommandRef<'_>, operator: Operator<'_>) {
        let command = command.to_command();
        let now = self.now;
        let Ok((place, decided)) = self.decide(at, &command, operator, now) else { return };
        if let (Some(entry), true) = (self.instances.get(place), self.notes_all()) {
            let at = self.spot_of(entry);
            let (by, why) = (operator.by.into(), operator.why.into());
            self.note(|| Step::Operated { at, command, by, why });
        }
        match decided {
            Decided::Drop => self.forget(place),
            Decided::Expire => {
                let _ = self.apply_at(place, &Input::Expire { now, operator }, Identity([0; 16]), "");
            }
            Decided::Waive(waiver) => {
                let (identity, text) = (waiver.identity(), waiver.envelope());
                let _ = waiver.with_event(|event| self.apply_at(place, &Input::Event(event), identity, text));
            }
        }
    }

    fn spot_of(&self, entry: &Entry) -> Spot {
        let known = self.conditions.get(entry.condition as usize);
        Spot {
            condition: known.map_or_else(|| "".into(), |known| known.condition.name.clone()),
            key: entry.key.clone(),
            generation: entry.instance.generation(),
            round: entry.instance.round(),
            moment: self.now,
        }
    }

    /// An instance is gone; an older version that was there for it alone goes too.
    fn forget(&mut self, place: Place) {
        let Some(entry) = self.instances.remove(place) else { return };
        self.open = self.open.wrapping_sub(usize::from(entry.instance.is_open()));
        if let Some(known) = self.conditions.get_mut(entry.condition as usize) {
            known.live = known.live.saturating_sub(1);
            known.open = known.open.saturating_sub(usize::from(entry.instance.is_open()));
        }
        if let Some(newest) = self.newest.clone() {
            let mut draining = std::mem::take(&mut self.draining);
            draining.retain(|plan| self.in_use(plan, &newest));
            self.draining = draining;
        }
    }
}
