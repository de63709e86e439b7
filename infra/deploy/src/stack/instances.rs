//! Instances of a stack: listed, explained, operated on.

use std::collections::BTreeMap;

use fanin_condition::{Key, OperateError, explain};
use fanin_runtime::documents::{InstanceRow, InstanceTold, NotThere, near_conditions, no_such_instance};
use fanin_runtime::{InstanceFilter, Operation};
use fanin_state_first::{OperateTrouble, Operated, read_instance};
use fanin_store::state::{CellKey, CellKind, StateStore};

use super::{Stack, told};
use crate::limits::MAX_SCANNED_PAGES;

/// Instances that were asked for.
#[derive(Clone, Debug, Default)]
pub struct InstanceList {
    /// The instances, by condition and key.
    pub instances: Vec<InstanceRow>,
    /// Those that cannot be read.
    pub unread: Vec<Unread>,
    /// There are more.
    pub more: bool,
    /// Now.
    pub now: String,
}

/// An instance or a run whose stored bytes cannot be read: damaged, or written by a newer fanin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Which: `instance of NAME for KEY`, `run of NAME for IDENTITY`.
    pub what: String,
    /// Why, and what mends it.
    pub why: String,
}

impl Unread {
    pub(super) fn of(kind: &str, key: &CellKey, why: &dyn std::fmt::Display) -> Unread {
        let of = if key.key.is_empty() { String::new() } else { format!(" for {}", key.key) };
        Unread { what: format!("{kind} of {}{of}", key.name), why: why.to_string() }
    }
}

/// What became of a question about one instance.
#[derive(Clone, Debug)]
pub enum Asked {
    /// How it stands.
    There(Box<InstanceTold>),
    /// What is near one that is not there.
    NotThere(Box<NotThere>),
}

/// What became of an operation.
#[derive(Clone, Debug)]
pub enum OperateAnswer {
    /// It is done.
    Done(Operated),
    /// It cannot be: code and reason.
    Refused(String, String),
    /// There is no such instance.
    NotThere(Box<NotThere>),
}

impl Stack {
    /// The names of a condition's key; none: there is no such condition.
    #[must_use]
    pub fn key_names(&self, condition: &str) -> Option<Vec<String>> {
        let found = self.plans.any_condition(condition)?;
        Some(found.by.iter().map(ToString::to_string).collect())
    }

    /// What is near a condition that is not there.
    #[must_use]
    pub fn near(&self, condition: &str) -> NotThere {
        let names = self.plans.newest.plan.conditions.iter().map(|c| c.name.to_string()).collect();
        near_conditions(names, condition)
    }

    /// The canonical text of a key of which every part is given.
    fn key_text(&self, condition: &str, key: &BTreeMap<String, String>) -> String {
        let names = self.key_names(condition).unwrap_or_default();
        let values: Vec<&str> = names.iter().filter_map(|name| key.get(name).map(String::as_str)).collect();
        Key::of(&values).to_string()
    }

    /// Up to `limit` instances. The whole table is read for it, page by page, and paid for.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn instances(&self, filter: &InstanceFilter, limit: usize) -> anyhow::Result<InstanceList> {
        let mut list = InstanceList { now: Stack::now().to_string(), ..InstanceList::default() };
        let store = self.store();
        let name = filter.condition.as_deref();
        let mut after = None;
        for _ in 0..MAX_SCANNED_PAGES {
            let page = store.scan(CellKind::Instance, &self.workflow, name, after.take());
            let page = self.runtime.block_on(page).map_err(|error| told(&error))?;
            for (key, cell) in page.cells {
                let instance = match read_instance(&cell) {
                    Ok(instance) => instance,
                    Err(error) => {
                        list.unread.push(Unread::of("instance", &key, &error));
                        continue;
                    }
                };
                let Some(condition) = self.plans.condition(&key.name, instance.version()) else { continue };
                let row = InstanceRow::of(condition, &key.key, &instance, self.plans.drains(condition));
                let fits = filter.key.iter().all(|(name, value)| row.key.get(name) == Some(value))
                    && filter.open.is_none_or(|open| open == instance.is_open());
                if fits {
                    list.instances.push(row);
                }
            }
            after = page.next;
            if after.is_none() || list.instances.len() > limit {
                break;
            }
        }
        list.instances.sort_by(|a, b| (&a.condition, &a.key).cmp(&(&b.condition, &b.key)));
        list.more = after.is_some() || list.instances.len() > limit;
        list.instances.truncate(limit);
        Ok(list)
    }

    /// How one instance stands, and why it has not fired.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn instance(&self, condition: &str, key: &BTreeMap<String, String>) -> anyhow::Result<Asked> {
        let Some(names) = self.key_names(condition) else {
            return Ok(Asked::NotThere(Box::new(self.near(condition))));
        };
        let (text, now) = (self.key_text(condition, key), Stack::now());
        let looked = self.runtime.block_on(self.conditions.look(condition, &text, now))?;
        Ok(match looked {
            Some(looked) => Asked::There(Box::new(InstanceTold {
                explanation: explain(&looked.condition, &text, &looked.instance, now),
                draining: self.plans.drains(&looked.condition),
                near_misses: Vec::new(),
                now: now.to_string(),
            })),
            None => Asked::NotThere(Box::new(no_such_instance(condition, &text, names))),
        })
    }

    /// A person intervenes at one instance.
    ///
    /// # Errors
    /// The table or the queue cannot be used, or others keep changing the instance.
    pub fn operate(
        &self,
        mut operation: Operation,
        key: &BTreeMap<String, String>,
    ) -> anyhow::Result<OperateAnswer> {
        operation.key = self.key_text(&operation.condition, key);
        match self.runtime.block_on(self.conditions.operate(&operation, Stack::now())) {
            Ok(operated) => Ok(OperateAnswer::Done(operated)),
            Err(OperateTrouble::Refused(OperateError::NoCondition(name))) => {
                Ok(OperateAnswer::NotThere(Box::new(self.near(&name))))
            }
            Err(OperateTrouble::Refused(OperateError::NoInstance { condition, key })) => {
                let names = self.key_names(&condition).unwrap_or_default();
                Ok(OperateAnswer::NotThere(Box::new(no_such_instance(&condition, &key, names))))
            }
            Err(OperateTrouble::Refused(error)) => {
                Ok(OperateAnswer::Refused(error.code().to_owned(), error.to_string()))
            }
            Err(error) => Err(told(&error)),
        }
    }
}
