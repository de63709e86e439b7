//! Named limits of stacks: AWS's own quotas and our choices. Going past one has the outcome its comment states.

/// Characters of a stack's name: the claims bucket is called `NAME-claims-<account>-<region>` and a bucket's name has 63.
/// A longer one is refused.
pub const MAX_STACK_NAME: usize = 28;
/// Characters of an event pattern by EventBridge's standard quota; a larger one is widened, with a note.
pub const MAX_BUS_PATTERN: usize = 2_048;
/// Characters of the name of an EventBridge rule; a longer one is cut and ends in a fingerprint.
pub const MAX_BUS_RULE_NAME: usize = 64;
/// Rules on one bus by EventBridge's standard quota; more are refused: put them on the source's level with `--observe`.
pub const MAX_BUS_RULES: usize = 300;
/// The largest magnitude EventBridge compares as a number; a pattern with a larger one is widened, with a note.
pub const MAX_BUS_NUMBER: f64 = 5.0e9;
/// Rules that the queue's policy names one by one; with more of them it names all rules of the stack by their prefix,
/// because a queue's policy has 20 KB.
pub const MAX_NAMED_SOURCES: usize = 100;
/// Bytes of a template that CloudFormation takes in a request; a larger one is put into the claims bucket first.
pub const MAX_TEMPLATE_INLINE: usize = 51_200;
/// Bytes of a template; a larger one is refused.
pub const MAX_TEMPLATE_BYTES: usize = 1_000_000;
/// Resources of one template; more are refused.
pub const MAX_RESOURCES: usize = 500;
/// Bytes of a role's inline policies together; more are refused: split the workflow.
pub const MAX_ROLE_POLICY: usize = 10_240;
/// Characters of a function's environment together; more are refused: use the functions' real names in the workflow.
pub const MAX_ENVIRONMENT: usize = 4_096;

/// Seconds one batch of events may take.
pub const CONDITIONS_TIMEOUT_S: u32 = 30;
/// Seconds one sweep of the timers may take: it begins every minute.
pub const TIMERS_TIMEOUT_S: u32 = 55;
/// Seconds one batch of calls may take at least.
pub const MIN_RULES_TIMEOUT_S: u32 = 60;
/// Seconds a batch has beside the longest call it makes.
pub const RULES_MARGIN_S: u32 = 30;
/// Seconds a Lambda function may run; longer calls are cut there.
pub const MAX_TIMEOUT_S: u32 = 900;
/// Times a function's timeout that a message stays hidden, as AWS recommends for event sources.
pub const VISIBILITY_FACTOR: u32 = 6;
/// Deliveries of a message before it goes to the dead-letter queue.
pub const MAX_RECEIVES: u32 = 10;
/// Days a message waits in a queue.
pub const RETENTION_DAYS: u32 = 4;
/// Days a message waits in a dead-letter queue, the most there is.
pub const DEAD_RETENTION_DAYS: u32 = 14;
/// Messages of one batch of events: 1 to 10,000; above 10 a batch waits for [`Settings::window_s`](crate::Settings).
pub const MAX_BATCH: u32 = 10_000;
/// Seconds a batch may wait to fill.
pub const MAX_WINDOW_S: u32 = 300;
/// Messages of one batch of calls.
pub const RULES_BATCH: u32 = 10;
/// Functions of one kind at once: AWS takes 2 to 1,000.
pub const MAX_CONCURRENCY: u32 = 1_000;
/// Days a payload that was put aside is kept at least; longer when a condition remembers longer.
pub const MIN_CLAIM_DAYS: u32 = 30;
/// Seconds the oldest message of a queue may wait before the alarm.
pub const OLD_MESSAGE_S: u32 = 300;
/// Seconds an instance may be open past its deadline before the alarm.
pub const OVERDUE_S: u32 = 300;
/// Milliseconds before the second look at something that is changing; later ones come after longer pauses.
pub const FIRST_POLL_MS: u64 = 250;
/// Milliseconds between two looks at something that is changing, at most.
pub const POLL_MS: u64 = 3_000;
/// Looks at a stack that is changing before it is given up (half an hour).
pub const MAX_POLLS: u32 = 600;
/// Looks at a queue before the smoke event is given up.
pub const MAX_SMOKE_POLLS: u32 = 30;
/// Pages of a bucket that are emptied before somebody has to do it otherwise (a million objects).
pub const MAX_PAGES: u32 = 1_000;
/// Changes of a stack that are named; the rest is counted.
pub const MAX_SHOWN_CHANGES: usize = 12;
/// Bytes of a function's zip file that Lambda takes in a request; a larger one is refused.
pub const MAX_ZIP_BYTES: u64 = 50_000_000;
/// Pages of the table read for one list of instances; past it the list says that there is more.
pub const MAX_SCANNED_PAGES: usize = 200;
/// Dead letters of one request.
pub const DEAD_PAGE: usize = 100;
/// Dead letters looked at for one list; past it the list says that there are more.
pub const MAX_DEAD_LOOKED_AT: usize = 100_000;
/// Dead letters counted for the status; past it the status says that there are more.
pub const MAX_DEAD_COUNTED: usize = 1_000;
/// Pages of a log read for one question; past it newer lines are missing, and `--since` or a filter makes it fit.
pub const MAX_LOG_PAGES: usize = 100;
/// Lines about events kept of one question; the newest ones.
pub const MAX_EVENTS_TOLD: usize = 10_000;
/// Bytes of an event sent by a person: a larger one would not go through the bus either (256 KB).
pub const MAX_EMITTED_BYTES: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_names_fit() {
        let region = "ap-southeast-1";
        assert!(MAX_STACK_NAME + "-claims-".len() + 12 + 1 + region.len() <= 63);
        assert!(MAX_STACK_NAME + "-condition-engine".len() <= 64);
        const { assert!(MAX_TIMEOUT_S * VISIBILITY_FACTOR <= 43_200, "a queue's longest visibility timeout") };
    }
}
