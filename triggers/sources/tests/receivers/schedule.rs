//! The live clock: ticks once each, none made up for. Time is tokio's, stopped and jumping.

use std::sync::Arc;
use std::time::Duration;

use crate::support::Fake;
use fanin_event::Timestamp;
use fanin_sources::schedule::{Scheduled, run};
use fanin_sources::{Busy, Clock, IntakeError, Origin};
use fanin_triggers::schedule::Schedule;
use tokio::time::{Instant, sleep, timeout};

struct Jumping(Instant, Timestamp);

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        Timestamp(self.1.0 + i64::try_from(self.0.elapsed().as_millis()).unwrap())
    }
}

fn clock(text: &str) -> Arc<dyn Clock> {
    Arc::new(Jumping(Instant::now(), Timestamp::parse(text).unwrap()))
}

fn scheduled(event: &str, expression: &str) -> Scheduled {
    let schedule = Schedule::parse(expression).unwrap();
    Scheduled { workflow: "w".to_owned(), event: event.to_owned(), schedule }
}

#[tokio::test(start_paused = true)]
async fn each_tick_is_one_event() {
    let intake = Fake::default();
    let all = vec![scheduled("often", "rate(5 minutes)"), scheduled("daily", "cron(10 0 * * ? *)")];
    let running = run(all, intake.port(), clock("2026-01-01T00:01:00Z"));
    assert!(timeout(Duration::from_secs(15 * 60), running).await.is_err());
    let mut ids = intake.ids();
    ids.sort();
    let expected = [
        "w/daily@2026-01-01T00:10:00Z",
        "w/often@2026-01-01T00:05:00Z",
        "w/often@2026-01-01T00:10:00Z",
        "w/often@2026-01-01T00:15:00Z",
    ];
    assert_eq!(ids, expected);
    assert!(intake.book().events.iter().all(|event| event.origin == Origin::Schedule));
}

#[tokio::test(start_paused = true)]
async fn what_will_never_be_due_ends() {
    let intake = Fake::default();
    let over = vec![scheduled("once", "cron(2 0 1 1 ? 2026)")];
    run(over, intake.port(), clock("2026-01-01T00:01:00Z")).await.unwrap();
    assert_eq!(intake.ids(), ["w/once@2026-01-01T00:02:00Z"]);
    run(vec![], intake.port(), clock("2026-01-01T00:01:00Z")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_tick_stands_for_those_missed() {
    let intake = Fake::default();
    // Busy for ten minutes: the ticks of that time are not made up for.
    let busy = IntakeError::from(Busy { retry_after: Duration::from_secs(5) });
    intake.book().errors.extend(std::iter::repeat_n(busy, 120));
    let task = tokio::spawn(run(
        vec![scheduled("e", "rate(1 minute)")],
        intake.port(),
        clock("2026-01-01T00:00:30Z"),
    ));
    sleep(Duration::from_secs(11 * 60)).await;
    assert_eq!(intake.ids(), ["w/e@2026-01-01T00:01:00Z"]);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(intake.ids().len(), 2);
    assert_eq!(intake.ids()[1], "w/e@2026-01-01T00:12:00Z");
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn a_closed_intake_ends_it() {
    let intake = Fake::default();
    intake.book().errors.push_back(IntakeError::Closed);
    let ended =
        run(vec![scheduled("e", "rate(1 minute)")], intake.port(), clock("2026-01-01T00:00:00Z")).await;
    assert_eq!(ended, Err(IntakeError::Closed));
}
