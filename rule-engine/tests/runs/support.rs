//! Rules and causes for the tests of runs, and short ways to drive a run.

use fanin_event::{Identity, Timestamp};
use fanin_rule::{
    Action, Catcher, Cause, CompiledRule, DeadLetter, Emitted, Jitter, MapSpec, Outcome, Retrier, Rule, Run,
    RunEffect, Settlement, Target,
};
use serde_json::Value;

/// A rule without anything special.
pub(crate) fn rule() -> Rule {
    Rule {
        workflow: "video".into(),
        name: "assemble".into(),
        version: 7,
        when: vec!["order".into()],
        captures: vec!["order".into()],
        input: None,
        target: Target::Invoke { function: "f".into() },
        map: None,
        retry: vec![],
        catch: vec![],
    }
}

pub(crate) fn map_rule(max_concurrency: u32, tolerated_failure_percentage: f64) -> Rule {
    let map = MapSpec { items: "$.detail.lines".to_owned(), max_concurrency, tolerated_failure_percentage };
    let input = serde_json::json!({"line.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"});
    Rule { map: Some(map), input: Some(input), ..rule() }
}

pub(crate) fn retrier(errors: &[&str], max_attempts: u32) -> Retrier {
    Retrier {
        errors: errors.iter().map(|name| (*name).to_owned()).collect(),
        interval_seconds: 1,
        max_attempts,
        backoff_rate: 2.0,
        max_delay_seconds: None,
        jitter: Jitter::None,
    }
}

pub(crate) fn catcher(errors: &[&str], emit: &str) -> Catcher {
    Catcher { errors: errors.iter().map(|name| (*name).to_owned()).collect(), emit: emit.into() }
}

pub(crate) fn compiled(rule: Rule) -> CompiledRule {
    CompiledRule::new(rule).unwrap()
}

pub(crate) fn cause(detail: &Value) -> Cause {
    let envelope = serde_json::json!({"id": "e-1", "source": "shop", "detail": detail});
    Cause {
        identity: Identity::of(&["shop", "e-1"]),
        name: "order".into(),
        envelope: envelope.to_string().into(),
        captures: vec!["42".into()],
        hops: 2,
        accepted: Timestamp(1_000),
    }
}

/// A run with its rule, what it pushed since the last look, and a clock.
pub(crate) struct Player {
    pub(crate) rule: CompiledRule,
    pub(crate) run: Run,
    pub(crate) now: Timestamp,
    pub(crate) effects: Vec<RunEffect>,
}

impl Player {
    pub(crate) fn start(rule: Rule, detail: &Value) -> Player {
        Player::start_with(rule, cause(detail))
    }

    pub(crate) fn start_with(rule: Rule, cause: Cause) -> Player {
        let rule = compiled(rule);
        let now = Timestamp(1_767_323_045_000);
        let (run, effects) = Run::start(&rule, cause, now);
        Player { rule, run, now, effects }
    }

    pub(crate) fn take(&mut self) -> Vec<RunEffect> {
        std::mem::take(&mut self.effects)
    }

    /// The dispatched actions among the effects; the others stay.
    pub(crate) fn actions(&mut self) -> Vec<Action> {
        let (mut actions, mut others) = (Vec::new(), Vec::new());
        for effect in self.take() {
            match effect {
                RunEffect::Dispatch(action) => actions.push(action),
                other => others.push(other),
            }
        }
        self.effects = others;
        actions
    }

    pub(crate) fn letters(&self) -> Vec<&DeadLetter> {
        let mut letters = Vec::new();
        for effect in &self.effects {
            if let RunEffect::DeadLetter(letter) = effect {
                letters.push(letter);
            }
        }
        letters
    }

    pub(crate) fn emitted(&self) -> Vec<&Emitted> {
        let mut all = Vec::new();
        for effect in &self.effects {
            if let RunEffect::Emit(emitted) = effect {
                all.push(emitted);
            }
        }
        all
    }

    /// The only completion: its name and its detail.
    pub(crate) fn completion(&self) -> (String, Value) {
        let emitted = self.emitted();
        assert_eq!(emitted.len(), 1, "{:?}", self.effects);
        let envelope: Value = serde_json::from_str(&emitted[0].envelope).unwrap();
        assert_eq!(envelope["detail-type"], *emitted[0].name);
        (emitted[0].name.to_string(), envelope["detail"].clone())
    }

    pub(crate) fn settle(&mut self, index: u32, attempt: u32, outcome: Outcome) {
        let settlement = Settlement { index, attempt, outcome };
        self.run.settle(&self.rule, settlement, self.now, &mut self.effects);
    }

    /// Moves the clock to the next retry and makes it.
    pub(crate) fn retry(&mut self) {
        self.now = self.run.next_due();
        self.run.due(&self.rule, self.now, &mut self.effects);
    }
}

pub(crate) fn done(result: &str) -> Outcome {
    Outcome::Done { result: result.to_owned() }
}

pub(crate) fn failed(error: &str) -> Outcome {
    Outcome::Failed { error: error.to_owned(), cause: "because".to_owned() }
}
