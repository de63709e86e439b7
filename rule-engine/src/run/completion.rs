//! The completion of a run: the event that says how it ended.

use std::borrow::Cow;
use std::sync::Arc;

use fanin_event::Identity;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::failure::FirstFailure;
use super::slot::State;
use super::{Run, Step};
use crate::effect::{Emitted, ResultClaim, RunEffect};
use crate::errors::{RUNTIME, TOLERANCE_EXCEEDED};
use crate::limits::MAX_COMPLETION_BYTES;

/// The envelope, in EventBridge's order of members.
#[derive(Serialize)]
struct Envelope<'a> {
    version: &'static str,
    id: &'a str,
    #[serde(rename = "detail-type")]
    detail_type: &'a str,
    source: &'a str,
    account: &'static str,
    time: &'a str,
    region: &'static str,
    resources: [&'static str; 0],
    detail: &'a Detail<'a>,
}

#[derive(Serialize)]
struct Detail<'a> {
    workflow: &'a str,
    rule: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Cow<'a, RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<Cow<'a, RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    attempts: u64,
    cause_id: &'a str,
    action: &'a str,
}

/// What stands in the place of a claimed result.
#[derive(Serialize)]
struct Reference<'a> {
    #[serde(rename = "$claim")]
    claim: &'a str,
    bytes: usize,
}

impl Run {
    /// Emits the completion. Nothing changes the run afterwards.
    pub(super) fn finish(&mut self, step: &mut Step<'_>) {
        let emitted = if self.doomed { self.failure(step) } else { self.success(step) };
        step.effects.push(RunEffect::Emit(emitted));
        self.over = true;
        self.slots = Vec::new();
        self.next = 0;
        self.retries.clear();
        self.parsed = None;
    }

    fn success(&self, step: &Step<'_>) -> Emitted {
        let name: Arc<str> = format!("{}.done", self.rule).into();
        let (id, action) = (self.cause_id(), self.action_text(step));
        let mut detail = self.detail(step, &id, &action);
        if step.rule.items.is_none() {
            let result = self.slots.first().and_then(|slot| slot.result.as_deref()).unwrap_or("null");
            detail.result = Some(raw(result.to_owned()));
        } else {
            detail.results = Some(raw(self.results()));
            detail.failed = Some(self.failed);
        }
        self.emit(name, detail, step)
    }

    fn failure(&self, step: &Step<'_>) -> Emitted {
        let unknown = FirstFailure { index: 0, error: RUNTIME.to_owned(), cause: String::new() };
        let first = self.first_failure.as_ref().unwrap_or(&unknown);
        let map = step.rule.rule().map.as_ref().filter(|_| !self.slots.is_empty());
        // Without a tolerance the first failed item's error is the run's, as in ASL.
        let tolerant = map.is_some_and(|map| map.tolerated_failure_percentage > 0.0);
        let error = if tolerant { TOLERANCE_EXCEEDED } else { first.error.as_str() };
        let cause = match map {
            None => first.cause.clone(),
            Some(map) => format!(
                "{} of {} items failed, {} never started, {} % tolerated; first item {}: {}: {}",
                self.failed,
                self.slots.len(),
                self.slots.len().saturating_sub(self.next as usize),
                map.tolerated_failure_percentage,
                first.index,
                first.error,
                first.cause
            ),
        };
        let catcher = self.catcher(step.rule, error);
        let name =
            catcher.map_or_else(|| format!("{}.failed", self.rule).into(), |catcher| catcher.emit.clone());
        let (id, action) = (self.cause_id(), self.action_text(step));
        let mut detail = self.detail(step, &id, &action);
        detail.error = Some(error);
        detail.cause = Some(&cause);
        detail.failed = map.map(|_| self.failed);
        self.emit(name, detail, step)
    }

    fn detail<'a>(&'a self, step: &'a Step<'_>, cause_id: &'a str, action: &'a str) -> Detail<'a> {
        Detail {
            workflow: &step.rule.rule().workflow,
            rule: &self.rule,
            result: None,
            results: None,
            failed: None,
            error: None,
            cause: None,
            attempts: self.slots.iter().map(|slot| u64::from(slot.attempt)).sum(),
            cause_id,
            action,
        }
    }

    fn emit(&self, name: Arc<str>, mut detail: Detail<'_>, step: &Step<'_>) -> Emitted {
        let identity = Identity::of(&["completion", &self.identity.to_uuid(), &name]);
        let id = identity.to_uuid();
        let source = format!("fanin.{}", detail.workflow);
        let time = step.now.to_string();
        let write = |detail: &Detail<'_>| {
            let envelope = Envelope {
                version: "0",
                id: &id,
                detail_type: &name,
                source: &source,
                account: "000000000000",
                time: &time,
                region: "local",
                resources: [],
                detail,
            };
            // Text keys and values that are text, numbers or JSON already: nothing here can fail to be written.
            serde_json::to_string(&envelope).unwrap_or_default()
        };
        let mut envelope = write(&detail);
        let mut claim = None;
        if envelope.len() > MAX_COMPLETION_BYTES {
            let key = format!("fanin-claims/{id}.json");
            let place = if detail.results.is_some() { &mut detail.results } else { &mut detail.result };
            if let Some(body) = place.take().map(|body| body.get().to_owned()) {
                let reference = serde_json::to_string(&Reference { claim: &key, bytes: body.len() });
                *place = Some(raw(reference.unwrap_or_default()));
                envelope = write(&detail);
                claim = Some(ResultClaim { key, body });
            }
        }
        let captures = self.cause.captures.clone();
        let hops = self.cause.hops.saturating_add(1);
        Emitted { identity, name: name.clone(), at: step.now, captures, hops, envelope, claim }
    }

    /// `[{"ok": ...}, {"error": ...}]`, in index order.
    fn results(&self) -> String {
        let mut list =
            String::with_capacity(self.result_bytes.saturating_add(self.slots.len().saturating_mul(8)));
        list.push('[');
        for (place, slot) in self.slots.iter().enumerate() {
            if place > 0 {
                list.push(',');
            }
            let text = slot.result.as_deref().unwrap_or("null");
            if slot.state == State::Done {
                list.push_str("{\"ok\":");
                list.push_str(text);
                list.push('}');
            } else {
                list.push_str(text);
            }
        }
        list.push(']');
        list
    }

    /// The `id` of the event that started the run.
    fn cause_id(&self) -> String {
        #[derive(Deserialize)]
        struct Head<'a> {
            #[serde(borrow)]
            id: Cow<'a, str>,
        }
        let head = serde_json::from_str::<Head<'_>>(&self.cause.envelope);
        head.map_or_else(|_| self.cause.identity.to_uuid(), |head| head.id.into_owned())
    }

    /// The id of the only action, or of the run where there are several.
    fn action_text(&self, step: &Step<'_>) -> String {
        if step.rule.items.is_some() {
            return self.identity.to_uuid();
        }
        step.rule.action_id(&self.cause.identity.to_uuid(), 0).to_string()
    }
}

/// JSON text as a value that is written as it is. The text was checked when it came in.
fn raw(text: String) -> Cow<'static, RawValue> {
    match RawValue::from_string(text) {
        Ok(value) => Cow::Owned(value),
        Err(_) => Cow::Borrowed(RawValue::NULL),
    }
}
