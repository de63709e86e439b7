//! Rules and the runs they start: payload templates, retry and catch as Amazon States Language has them. Pure.
//!
//! A [`Rule`] maps an event to a call of a target. A [`Run`] is one such mapping in progress, with one [`Action`] for
//! each call: one, or one an item with `map`. It is a state machine without a clock: every step is given the
//! [`CompiledRule`] and the moment, and says what follows as [`RunEffect`]s. Ids depend on workflow, rule and cause alone,
//! payloads and retry times on the rule's definition too: a run that is repeated after a crash makes the same calls.
//!
//! ```
//! use fanin_event::{Identity, Span, Timestamp};
//! use fanin_rule::{Cause, CompiledRule, Outcome, Rule, Run, RunEffect, Settlement, Target};
//!
//! let rule = CompiledRule::new(Rule {
//!     workflow: "shop".into(),
//!     name: "greet".into(),
//!     version: 1,
//!     when: vec!["order".into()],
//!     captures: vec![],
//!     input: Some(serde_json::json!({ "id.$": "$.detail.id" })),
//!     target: Target::Invoke { function: "greeter".into() },
//!     map: None,
//!     retry: vec![],
//!     catch: vec![],
//! })?;
//! let cause = Cause {
//!     identity: Identity::of(&["shop", "e1"]),
//!     name: "order".into(),
//!     envelope: r#"{"id":"e1","detail":{"id":"42"}}"#.into(),
//!     captures: vec![],
//!     hops: 0,
//!     accepted: Timestamp(0),
//! };
//! let (mut run, effects) = Run::start(&rule, cause, Timestamp(0));
//! let Some(RunEffect::Dispatch(action)) = effects.first() else { panic!("nothing to call") };
//! assert_eq!(&*action.payload, r#"{"id":"42"}"#);
//!
//! let mut effects = Vec::new();
//! let answer = Outcome::Done { result: "true".to_owned() };
//! run.settle(&rule, Settlement::of(action, answer), Timestamp(5).plus(Span(1)), &mut effects);
//! assert!(run.is_over());
//! assert!(matches!(effects.first(), Some(RunEffect::Emit(event)) if &*event.name == "greet.done"));
//! # Ok::<(), fanin_rule::RuleError>(())
//! ```

pub mod action;
pub mod base64;
pub mod compiled;
pub mod effect;
pub mod errors;
pub mod function;
pub mod limits;
pub mod path;
pub mod retry;
pub mod rule;
pub mod run;
pub mod template;

pub use action::{Action, ActionId, Cause, Outcome};
pub use compiled::{CompiledRule, RuleError, run_identity};
pub use effect::{DeadLetter, Emitted, ResultClaim, RunEffect, Settlement};
pub use function::{Function, FunctionKind};
pub use path::{Path, PathError};
pub use rule::{Catcher, Jitter, MapSpec, Retrier, Rule, SendTarget, Target};
pub use run::Run;
pub use run::codec::DecodeError;
pub use template::{PathFailure, PayloadTemplate, TemplateError};
