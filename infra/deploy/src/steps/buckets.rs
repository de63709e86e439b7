//! Buckets that are not the stack's: their uploads have to go to EventBridge, which is one setting beside all others.

use anyhow::bail;
use aws_sdk_s3::types::{EventBridgeConfiguration, NotificationConfiguration};

use super::{Outcome, Run};
use crate::aws::{code_of, trouble};

/// What stands in a bucket's settings; none: there is no such bucket.
async fn read(run: &Run<'_>, bucket: &str) -> anyhow::Result<Option<NotificationConfiguration>> {
    let there = run.aws.s3.get_bucket_notification_configuration().bucket(bucket).send().await;
    match there {
        Ok(there) => Ok(Some(
            NotificationConfiguration::builder()
                .set_topic_configurations(Some(there.topic_configurations().to_vec()))
                .set_queue_configurations(Some(there.queue_configurations().to_vec()))
                .set_lambda_function_configurations(Some(there.lambda_function_configurations().to_vec()))
                .set_event_bridge_configuration(there.event_bridge_configuration().cloned())
                .build(),
        )),
        Err(error) if code_of(&error) == "NoSuchBucket" => Ok(None),
        Err(error) => {
            let what = format!("looking at the notifications of the bucket {bucket}");
            Err(trouble(&what, "s3:GetBucketNotification", &error))
        }
    }
}

/// Refuses what would have to be changed and may not.
pub(super) async fn look(run: &Run<'_>, bucket: &str) -> anyhow::Result<()> {
    if run.project.settings.own_buckets.contains(bucket) {
        return Ok(());
    }
    match read(run, bucket).await? {
        None => bail!(
            "there is no bucket `{bucket}` in {}: make it with --own-bucket {bucket}, or with `aws s3 mb s3://{bucket}`",
            run.aws.place()
        ),
        Some(there) if there.event_bridge_configuration().is_none() && !run.options.adopt => bail!(
            "the uploads to the bucket `{bucket}` do not go to EventBridge: --adopt turns that on and leaves its other notifications as they are"
        ),
        Some(_) => Ok(()),
    }
}

pub(super) async fn connect(run: &Run<'_>, bucket: &str) -> anyhow::Result<Outcome> {
    if run.project.settings.own_buckets.contains(bucket) {
        return Ok(Outcome::Unchanged);
    }
    let Some(mut there) = read(run, bucket).await? else {
        bail!("the bucket {bucket} has vanished");
    };
    if there.event_bridge_configuration().is_some() {
        return Ok(Outcome::Unchanged);
    }
    if run.options.dry {
        return Ok(Outcome::Would("send its uploads to EventBridge".to_owned()));
    }
    there.event_bridge_configuration = Some(EventBridgeConfiguration::builder().build());
    let put = run.aws.s3.put_bucket_notification_configuration().bucket(bucket);
    let put = put.notification_configuration(there).send().await;
    let what = format!("sending the uploads to the bucket {bucket} to EventBridge");
    put.map_err(|error| trouble(&what, "s3:PutBucketNotification", &error))?;
    Ok(Outcome::Done("its uploads go to EventBridge".to_owned()))
}
