//! `POST /instances/{condition}/operate`: a person intervenes at one instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use fanin_condition::OperateError;
use fanin_runtime::documents::not_there;
use fanin_runtime::{Command, Engine, Operation};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::{Answer, Refusal, answer, read, refuse, refuse_with, stopped};
use super::instances::canonical;
use crate::service::Service;

/// The body of `POST /instances/{condition}/operate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperateBody {
    /// The correlation key by name.
    #[serde(default)]
    pub key: BTreeMap<String, String>,
    /// `drop`, `expire` or `waive`; with `waive` also `member` and `set`.
    #[serde(flatten)]
    pub command: Command,
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
}

pub(super) async fn operate(
    State(service): State<Arc<Service>>,
    Path(condition): Path<String>,
    body: Bytes,
) -> Answer {
    let OperateBody { key, command, by, why } = read(&body)?;
    let name = condition.clone();
    let look = move |engine: &Engine| -> Result<String, Refusal> {
        match engine.key_names(&name) {
            Some(names) => canonical(&names, &key, None),
            None => Err(refuse_with(StatusCode::NOT_FOUND, not_there(engine, &name, ""))),
        }
    };
    let key = service.handle().look_async(look).await.map_err(|_| stopped())??;
    let operation = Operation { condition, key, command, by, why };
    match service.handle().operate(operation.clone()).await.map_err(|_| stopped())? {
        Ok(followed) => answer(json!({ "operated": true, "followed": followed })),
        Err(OperateError::NoCondition(_) | OperateError::NoInstance { .. }) => {
            let look = move |engine: &Engine| not_there(engine, &operation.condition, &operation.key);
            let missing = service.handle().look_async(look).await.map_err(|_| stopped())?;
            Err(refuse_with(StatusCode::NOT_FOUND, missing))
        }
        Err(error) => Err(refuse(StatusCode::CONFLICT, error.code(), &error.to_string())),
    }
}
