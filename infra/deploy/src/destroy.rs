//! Taking a deployment back, in reverse: the wiring first, so that nothing comes any more, then the functions. The state
//! stays unless it is asked for: deployed again, the workflow goes on where it was.

use anyhow::bail;
use aws_sdk_cloudformation::types::Stack;

use crate::aws::{Aws, code_of, trouble};
use crate::limits::MAX_PAGES;
use crate::names::Names;
use crate::steps::stack::find;
use crate::steps::{Outcome, Step, gone};

/// What a person decided.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The state too: table, queues, claims.
    pub data: bool,
    /// Look only.
    pub dry: bool,
}

/// Takes the stack back and tells of each step as it ends. False: there was nothing.
///
/// # Errors
/// The first thing that cannot be removed; what was removed before is gone.
pub async fn destroy(
    aws: &Aws,
    names: &Names,
    options: Options,
    tell: &(dyn Fn(&str) + Sync),
    done: &mut (dyn FnMut(Step) + Send),
) -> anyhow::Result<bool> {
    let mut any = false;
    let state = find(aws, names.stack()).await?;
    let mut finished = |what: &str, outcome: Outcome| done(Step { what: what.to_owned(), outcome });
    for name in [names.wiring_stack(), names.functions_stack()] {
        let there = find(aws, &name).await?;
        any |= there.is_some();
        finished(&format!("stack {name}"), remove(aws, &name, there, options, tell).await?);
    }
    let Some(state) = state else {
        finished(&format!("stack {}", names.stack()), Outcome::Unchanged);
        return Ok(any);
    };
    if !options.data {
        let kept = format!(
            "kept, with table {}, the queues, bus and buckets; --data removes table, queues and claims",
            names.table()
        );
        finished(&format!("stack {}", names.stack()), Outcome::Skipped(kept));
        return Ok(true);
    }
    unprotect(aws, &state, options).await?;
    let what = format!("stack {}", names.stack());
    finished(&what, remove(aws, names.stack(), Some(state), options, tell).await?);
    if !options.dry {
        finished(&format!("table {}", names.table()), table(aws, &names.table()).await?);
        let bucket = names.bucket(&aws.account, &aws.region);
        finished(&format!("bucket {bucket}"), bucket_gone(aws, &bucket).await?);
    }
    Ok(true)
}

async fn remove(
    aws: &Aws,
    name: &str,
    there: Option<Stack>,
    options: Options,
    tell: &(dyn Fn(&str) + Sync),
) -> anyhow::Result<Outcome> {
    if there.is_none() {
        return Ok(Outcome::Unchanged);
    }
    if options.dry {
        return Ok(Outcome::Would("remove it".to_owned()));
    }
    let asked = aws.cloudformation.delete_stack().stack_name(name).send().await;
    asked.map_err(|error| {
        trouble(&format!("removing the stack {name}"), "cloudformation:DeleteStack", &error)
    })?;
    gone(aws, name, tell).await?;
    Ok(Outcome::Done("removed".to_owned()))
}

/// The stack of the state is protected against deletion by mistake; this is none.
async fn unprotect(aws: &Aws, state: &Stack, options: Options) -> anyhow::Result<()> {
    if options.dry || state.enable_termination_protection() != Some(true) {
        return Ok(());
    }
    let name = state.stack_name().unwrap_or_default();
    let request = aws.cloudformation.update_termination_protection().stack_name(name);
    let asked = request.enable_termination_protection(false).send().await;
    let what = format!("taking the protection from the stack {name}");
    asked.map(drop).map_err(|error| trouble(&what, "cloudformation:UpdateTerminationProtection", &error))
}

async fn table(aws: &Aws, table: &str) -> anyhow::Result<Outcome> {
    match aws.dynamodb.delete_table().table_name(table).send().await {
        Ok(_) => Ok(Outcome::Done("removed".to_owned())),
        Err(error) if code_of(&error) == "ResourceNotFoundException" => Ok(Outcome::Unchanged),
        Err(error) => Err(trouble(&format!("removing the table {table}"), "dynamodb:DeleteTable", &error)),
    }
}

/// Empties the claims bucket and removes it.
async fn bucket_gone(aws: &Aws, bucket: &str) -> anyhow::Result<Outcome> {
    let mut count = 0_usize;
    for _ in 0..MAX_PAGES {
        let page = match aws.s3.list_objects_v2().bucket(bucket).send().await {
            Ok(page) => page,
            Err(error) if code_of(&error) == "NoSuchBucket" => return Ok(Outcome::Unchanged),
            Err(error) => {
                return Err(trouble(&format!("emptying the bucket {bucket}"), "s3:ListBucket", &error));
            }
        };
        if page.contents().is_empty() {
            let removed = aws.s3.delete_bucket().bucket(bucket).send().await;
            removed.map_err(|error| {
                trouble(&format!("removing the bucket {bucket}"), "s3:DeleteBucket", &error)
            })?;
            return Ok(Outcome::Done(format!("removed, with {count} objects")));
        }
        for object in page.contents() {
            let removed =
                aws.s3.delete_object().bucket(bucket).set_key(object.key().map(str::to_owned)).send().await;
            removed.map_err(|error| {
                trouble(&format!("emptying the bucket {bucket}"), "s3:DeleteObject", &error)
            })?;
            count += 1;
        }
    }
    bail!(
        "the bucket {bucket} still has objects after {count} were removed: `aws s3 rm s3://{bucket} --recursive`, then again"
    )
}
