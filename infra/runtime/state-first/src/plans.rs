//! The plans in use: loaded by version and kept, looked for anew every few seconds; and how a new one is put there.

mod horizon;
mod publish;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fanin_condition::Condition;
use fanin_event::Timestamp;
use fanin_plan::Plan;
use fanin_runtime::LoadedPlan;
use fanin_store::state::{Read, Shelf, ShelfName, StateError};
use serde::{Deserialize, Serialize};

pub use publish::{Published, publish_plan};

use crate::limits::{MAX_PLANS_IN_MEMORY, PLAN_FRESH};
use crate::ports::Claims;

/// The newest plan, which opens instances and starts runs, and the older ones, which only finish what they opened.
#[derive(Debug)]
pub struct PlanSet {
    /// The newest.
    pub newest: Arc<LoadedPlan>,
    /// The older ones, the latest first.
    pub older: Vec<Arc<LoadedPlan>>,
}

/// Why there is no plan to work by.
#[derive(Debug, thiserror::Error)]
pub enum PlanTrouble {
    /// Nothing was deployed.
    #[error("there is no plan of the workflow {0:?} in the table: run `fanin deploy` for its file")]
    None(String),
    /// The current plan names a version that is not there.
    #[error("version {version} of the workflow {workflow:?} is not in the table: run `fanin deploy` again")]
    Missing {
        /// The workflow.
        workflow: String,
        /// The version.
        version: String,
    },
    /// What is there cannot be used.
    #[error("the plan of the workflow {workflow:?} cannot be used: {reason}; run `fanin deploy` again")]
    Damaged {
        /// The workflow.
        workflow: String,
        /// What is wrong.
        reason: String,
    },
    /// Too many older plans may still have open instances.
    #[error(
        "{count} older versions of the workflow {workflow:?} may still have open instances, at most {max} can be in use; \
         the first of them is over at {over}: deploy again then"
    )]
    TooManyDraining {
        /// The workflow.
        workflow: String,
        /// How many.
        count: usize,
        /// The limit.
        max: usize,
        /// When there is room again.
        over: Timestamp,
    },
    /// Somebody else deploys at the same time.
    #[error("somebody else deploys the workflow {0:?} at the same time: run `fanin deploy` again")]
    Busy(String),
    /// The store, or the claims.
    #[error(transparent)]
    Store(#[from] StateError),
}

/// What stands under `current`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Current {
    version: String,
    activated_ms: i64,
    #[serde(default)]
    older: Vec<Superseded>,
}

/// A plan that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Superseded {
    version: String,
    superseded_ms: i64,
}

/// The plans of one workflow, as one process knows them.
#[derive(Debug)]
pub struct Plans {
    workflow: Arc<str>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    set: Option<Arc<PlanSet>>,
    /// The value the set was made of.
    made_of: Vec<u8>,
    looked: Option<Timestamp>,
    /// The last ones loaded, the latest last.
    loaded: Vec<Arc<LoadedPlan>>,
}

impl PlanSet {
    /// A condition in one version.
    #[must_use]
    pub fn condition(&self, name: &str, version: u64) -> Option<&Condition> {
        let is = |c: &&Condition| *c.name == *name && c.version == version;
        self.all().flat_map(|plan| &plan.plan.conditions).find(is)
    }

    /// A condition in the version that opens.
    #[must_use]
    pub fn newest_condition(&self, name: &str) -> Option<&Condition> {
        self.newest.plan.conditions.iter().find(|c| *c.name == *name)
    }

    /// A condition in any version, the newest first.
    #[must_use]
    pub fn any_condition(&self, name: &str) -> Option<&Condition> {
        self.all().flat_map(|plan| &plan.plan.conditions).find(|c| *c.name == *name)
    }

    /// Whether an older plan still routes to a condition: the newest does not have it in this version.
    #[must_use]
    pub fn drains(&self, condition: &Condition) -> bool {
        let same = |c: &Condition| c.name == condition.name && c.version == condition.version;
        !self.newest.plan.conditions.iter().any(same)
    }

    fn all(&self) -> impl Iterator<Item = &LoadedPlan> {
        std::iter::once(&*self.newest).chain(self.older.iter().map(AsRef::as_ref))
    }
}

impl Plans {
    /// Of a workflow; nothing is loaded yet.
    #[must_use]
    pub fn new(workflow: &str) -> Plans {
        Plans { workflow: workflow.into(), known: Mutex::default() }
    }

    /// The name of the workflow.
    #[must_use]
    pub fn workflow(&self) -> &Arc<str> {
        &self.workflow
    }

    /// The plans in use, as they were a few seconds before `now` at most.
    ///
    /// # Errors
    /// [`PlanTrouble`]; while the store is busy, what is known already is used.
    pub async fn at<S: Shelf, C: Claims>(
        &self,
        (shelf, claims): (&S, &C),
        now: Timestamp,
    ) -> Result<Arc<PlanSet>, PlanTrouble> {
        let known = {
            let known = self.lock();
            let fresh = known.looked.is_some_and(|looked| now < looked.plus(PLAN_FRESH));
            known.set.clone().map(|set| (set, fresh))
        };
        match known {
            Some((set, true)) => Ok(set),
            Some((set, false)) => match self.look((shelf, claims), now).await {
                Err(PlanTrouble::Store(StateError::Throttled(_) | StateError::Unknown(_))) => Ok(set),
                looked => looked,
            },
            None => self.look((shelf, claims), now).await,
        }
    }

    /// The plans in use, as they are.
    ///
    /// # Errors
    /// [`PlanTrouble`].
    pub async fn look<S: Shelf, C: Claims>(
        &self,
        (shelf, claims): (&S, &C),
        now: Timestamp,
    ) -> Result<Arc<PlanSet>, PlanTrouble> {
        let value = shelf.get(&shelf_of(&self.workflow), CURRENT, Read::Fresh).await?;
        let value = value.ok_or_else(|| PlanTrouble::None(self.workflow.to_string()))?;
        {
            let mut known = self.lock();
            if known.made_of == value
                && let Some(set) = known.set.clone()
            {
                known.looked = known.looked.max(Some(now));
                return Ok(set);
            }
        }
        let current = read_current(&self.workflow, &value)?;
        let newest = self.version((shelf, claims), &current.version).await?;
        let mut older = Vec::new();
        for superseded in &current.older {
            older.push(self.version((shelf, claims), &superseded.version).await?);
        }
        let set = Arc::new(PlanSet { newest, older });
        let mut known = self.lock();
        known.set = Some(set.clone());
        known.made_of = value;
        known.looked = known.looked.max(Some(now));
        Ok(set)
    }

    /// One version, whether it is in use or not: a run finishes under the one that started it.
    ///
    /// # Errors
    /// [`PlanTrouble`].
    pub async fn version<S: Shelf, C: Claims>(
        &self,
        (shelf, claims): (&S, &C),
        version: &str,
    ) -> Result<Arc<LoadedPlan>, PlanTrouble> {
        if let Some(loaded) = self.lock().loaded.iter().find(|plan| plan.plan.version == version) {
            return Ok(loaded.clone());
        }
        let plan = load((shelf, claims), &self.workflow, version).await?;
        let damaged = |reason: String| PlanTrouble::Damaged { workflow: self.workflow.to_string(), reason };
        let loaded = LoadedPlan::load(plan, |_| 0).map_err(|error| damaged(error.to_string()))?;
        let loaded = Arc::new(loaded);
        let mut known = self.lock();
        if known.loaded.len() >= MAX_PLANS_IN_MEMORY {
            known.loaded.remove(0);
        }
        known.loaded.push(loaded.clone());
        Ok(loaded)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const CURRENT: &str = "current";

fn shelf_of(workflow: &str) -> ShelfName {
    ShelfName::Plans { workflow: workflow.to_owned() }
}

fn place_of(version: &str) -> String {
    format!("plan/{version}")
}

fn read_current(workflow: &str, value: &[u8]) -> Result<Current, PlanTrouble> {
    serde_json::from_slice(value).map_err(|error| PlanTrouble::Damaged {
        workflow: workflow.to_owned(),
        reason: format!("what says which version is current is no JSON of ours: {error}"),
    })
}

/// What stands under `plan/VERSION`.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plan: Option<Box<serde_json::value::RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<String>,
}

async fn load<S: Shelf, C: Claims>(
    (shelf, claims): (&S, &C),
    workflow: &str,
    version: &str,
) -> Result<Plan, PlanTrouble> {
    let missing = || PlanTrouble::Missing { workflow: workflow.to_owned(), version: version.to_owned() };
    let damaged = |reason: String| PlanTrouble::Damaged { workflow: workflow.to_owned(), reason };
    let value = shelf.get(&shelf_of(workflow), &place_of(version), Read::Fresh).await?.ok_or_else(missing)?;
    let stored: Stored = serde_json::from_slice(&value).map_err(|error| damaged(error.to_string()))?;
    let text = match (&stored.plan, &stored.claim) {
        (Some(plan), _) => plan.get().to_owned(),
        (None, Some(key)) => claims.get(key).await?.ok_or_else(missing)?,
        (None, None) => {
            return Err(damaged("neither the plan nor where it is put aside is there".to_owned()));
        }
    };
    Plan::from_json(&text).map_err(|error| damaged(error.to_string()))
}
