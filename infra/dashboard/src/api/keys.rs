//! `GET /api/keys`: instances, sorted and searched.

use std::sync::Arc;

use axum::extract::{Query, State};
use fanin_local::api::answer::{Refusal, malformed, stopped};
use fanin_runtime::InstanceFilter;

use super::asked::{Asked, Page, Told, tell, unknown};
use crate::dashboard::Dashboard;
use crate::keys::{Question, Sort};

pub(super) async fn keys(State(dashboard): State<Arc<Dashboard>>, Query(asked): Query<Asked>) -> Told {
    let (question, page) = read(asked)?;
    let found = dashboard.find_keys(&question).await.map_err(|_| stopped())?;
    tell(&found.page(page.offset, page.limit))
}

fn read(asked: Asked) -> Result<(Question, Page), Refusal> {
    let filter = InstanceFilter { open: Some(true), ..InstanceFilter::default() };
    let (mut question, mut page) = (Question { filter, ..Question::default() }, Page::default());
    for (name, value) in asked {
        match name.as_str() {
            "condition" => question.filter.condition = Some(value).filter(|name| !name.is_empty()),
            "search" => {
                question.filter.text = Some(value.to_lowercase()).filter(|text| !text.is_empty());
            }
            "state" => question.filter.open = state(&value)?,
            "sort" => question.sort = sort(&value)?,
            "order" => {
                question.descending = match value.as_str() {
                    "asc" => false,
                    "desc" => true,
                    _ => return Err(malformed("`order` is asc or desc")),
                }
            }
            other if page.read(other, &value)? => {}
            other => return Err(unknown(other)),
        }
    }
    Ok((question, page))
}

fn state(text: &str) -> Result<Option<bool>, Refusal> {
    match text {
        "open" => Ok(Some(true)),
        "closed" => Ok(Some(false)),
        "all" => Ok(None),
        _ => Err(malformed("`state` is open, closed or all")),
    }
}

fn sort(text: &str) -> Result<Sort, Refusal> {
    match text {
        "deadline" => Ok(Sort::Deadline),
        "progress" => Ok(Sort::Progress),
        "last" => Ok(Sort::Last),
        "key" => Ok(Sort::Key),
        "condition" => Ok(Sort::Condition),
        _ => Err(malformed("`sort` is deadline, progress, last, key or condition")),
    }
}
