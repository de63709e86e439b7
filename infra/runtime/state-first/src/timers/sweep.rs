//! The sweeper: turns the rows of the minutes that come into delayed messages.

use fanin_event::{Span, Timestamp};
use fanin_store::state::{PutIf, Shelf, ShelfName, StateError};
use futures_util::stream::{self, StreamExt};

use super::{MINUTE, Progress, Row, entry_of, minute_of, progress};
use crate::limits::{
    MAX_DELAY, MAX_MINUTES_A_SWEEP, MAX_SHELF_ATTEMPTS, STOP_BEFORE, SWEEP_AHEAD, TIMER_PARTS, TIMERS_A_PAGE,
};
use crate::ports::{Deadline, Lane, Outgoing, Queue};

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Messages sent.
    pub sent: usize,
    /// Minutes done with.
    pub minutes: i64,
    /// Minutes that are left to the next sweep.
    pub left: i64,
    /// How long the earliest moment that is left has been due: so long an instance has stayed open past its deadline, if one
    /// waited for that moment.
    pub overdue: Span,
}

/// Sends what is due within the next minutes. `now` is the moment the sweep was asked for. Every row is sent at least once;
/// rows are left to the store's expiry, since the progress says what is behind.
///
/// # Errors
/// What store or queue say; the next sweep goes on where this one stopped.
pub async fn sweep<S: Shelf, Q: Queue>(
    (shelf, queue): (&S, &Q),
    workflow: &str,
    now: Timestamp,
    deadline: &impl Deadline,
) -> Result<Swept, StateError> {
    let horizon = minute_of(now.plus(SWEEP_AHEAD));
    let at = progress(shelf, workflow, now).await?;
    let last = horizon.min(at.done.saturating_add(MAX_MINUTES_A_SWEEP));
    move_on(shelf, workflow, now, |p| Progress { claimed: p.claimed.max(last), ..p }).await?;
    let (mut swept, mut done) = (Swept::default(), at.done);
    let mut outcome = Ok(());
    for minute in at.done.saturating_add(1)..=last {
        if deadline.left() < STOP_BEFORE {
            break;
        }
        match one_minute((shelf, queue), minute, now, deadline).await {
            Ok((sent, whole)) => {
                swept.sent += sent;
                if !whole {
                    break;
                }
                done = minute;
            }
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    if done > at.done {
        move_on(shelf, workflow, now, |p| Progress { done: p.done.max(done), ..p }).await?;
    }
    outcome?;
    swept.minutes = done.saturating_sub(at.done);
    swept.left = horizon.saturating_sub(done).max(0);
    swept.overdue = now.since(Timestamp(done.saturating_add(1).saturating_mul(MINUTE)));
    Ok(swept)
}

/// Moves the noted progress, which only ever grows.
async fn move_on<S: Shelf>(
    shelf: &S,
    workflow: &str,
    now: Timestamp,
    to: impl Fn(Progress) -> Progress,
) -> Result<(), StateError> {
    let notes = ShelfName::Notes { workflow: workflow.to_owned() };
    for _ in 0..MAX_SHELF_ATTEMPTS {
        let before = progress(shelf, workflow, now).await?;
        let after = to(before);
        let is = PutIf::Is(entry_of(before).value);
        if after == before || shelf.put(&notes, entry_of(after), is, None).await? {
            return Ok(());
        }
    }
    Err(StateError::Throttled("others sweep the timers at the same time".to_owned()))
}

/// Sends one minute's rows. False: there was no time for all of them.
async fn one_minute<S: Shelf, Q: Queue>(
    ports: (&S, &Q),
    minute: i64,
    now: Timestamp,
    deadline: &impl Deadline,
) -> Result<(usize, bool), StateError> {
    let parts = stream::iter(0..TIMER_PARTS)
        .map(|part| one_part(ports, ShelfName::Timers { minute, part }, now, deadline))
        .buffer_unordered(usize::from(TIMER_PARTS));
    let parts: Vec<Result<(usize, bool), StateError>> = parts.collect().await;
    let mut total = (0, true);
    for part in parts {
        let (sent, whole) = part?;
        total = (total.0 + sent, total.1 && whole);
    }
    Ok(total)
}

async fn one_part<S: Shelf, Q: Queue>(
    (shelf, queue): (&S, &Q),
    name: ShelfName,
    now: Timestamp,
    deadline: &impl Deadline,
) -> Result<(usize, bool), StateError> {
    let (mut sent, mut through) = (0, Vec::<String>::new());
    loop {
        let rows = shelf.list(&name, through.last().map(String::as_str), TIMERS_A_PAGE).await?;
        let mut lanes = [Vec::new(), Vec::new()];
        for entry in &rows {
            // A row that cannot be read is none of ours; it stays for people to look at until it expires.
            let Ok(row) = serde_json::from_slice::<Row>(&entry.value) else { continue };
            let delay = Span(Timestamp(row.due).since(now).0.min(MAX_DELAY.0));
            if let Some(lane) = lanes.get_mut(usize::from(row.rules)) {
                lane.push(Outgoing { body: row.body, delay });
            }
        }
        for (lane, messages) in [Lane::Conditions, Lane::Rules].into_iter().zip(lanes) {
            let count = messages.len();
            if count > 0 {
                queue.send(lane, messages).await.into_iter().collect::<Result<(), _>>()?;
                sent += count;
            }
        }
        if rows.len() < TIMERS_A_PAGE {
            return Ok((sent, true));
        }
        through.extend(rows.into_iter().map(|entry| entry.sort));
        if deadline.left() < STOP_BEFORE {
            // What was sent goes, or the next sweep of this minute would come no further than this one.
            shelf.remove(&name, &through).await?;
            return Ok((sent, false));
        }
    }
}
