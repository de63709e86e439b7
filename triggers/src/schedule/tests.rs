//! Schedules against the examples of EventBridge's own pages and against the calendar.

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// The next three moments after `from`.
fn three(expression: &str, from: &str) -> Vec<String> {
    let schedule = Schedule::parse(expression).unwrap();
    let ticks = std::iter::successors(schedule.next_after(at(from)), |t| schedule.next_after(*t));
    ticks.take(3).map(|t| t.to_string()).collect()
}

#[test]
fn the_calendar() {
    let from = "2026-01-01T00:00:00Z"; // A Thursday.
    for (expression, expected) in [
        ("cron(0 10 * * ? *)", ["2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z", "2026-01-03T10:00:00Z"]),
        ("cron(15 12 * * ? *)", ["2026-01-01T12:15:00Z", "2026-01-02T12:15:00Z", "2026-01-03T12:15:00Z"]),
        (
            "cron(0 18 ? * MON-FRI *)",
            ["2026-01-01T18:00:00Z", "2026-01-02T18:00:00Z", "2026-01-05T18:00:00Z"],
        ),
        ("cron(0 8 1 * ? *)", ["2026-01-01T08:00:00Z", "2026-02-01T08:00:00Z", "2026-03-01T08:00:00Z"]),
        ("cron(0/15 * * * ? *)", ["2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z", "2026-01-01T00:45:00Z"]),
        (
            "cron(0/10 * ? * MON-FRI *)",
            ["2026-01-01T00:10:00Z", "2026-01-01T00:20:00Z", "2026-01-01T00:30:00Z"],
        ),
        (
            "cron(0/5 8-17 ? * 2-6 *)",
            ["2026-01-01T08:00:00Z", "2026-01-01T08:05:00Z", "2026-01-01T08:10:00Z"],
        ),
        (
            "cron(15 10 ? * 6L 2026-2027)",
            ["2026-01-30T10:15:00Z", "2026-02-27T10:15:00Z", "2026-03-27T10:15:00Z"],
        ),
        ("cron(0 9 ? * 2#1 *)", ["2026-01-05T09:00:00Z", "2026-02-02T09:00:00Z", "2026-03-02T09:00:00Z"]),
        ("cron(0 0 L * ? *)", ["2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"]),
        ("cron(0 0 LW * ? *)", ["2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z", "2026-03-31T00:00:00Z"]),
        ("cron(0 0 3W * ? *)", ["2026-01-02T00:00:00Z", "2026-02-03T00:00:00Z", "2026-03-03T00:00:00Z"]),
        (
            "cron(0 0 1W FEB,AUG ? *)",
            ["2026-02-02T00:00:00Z", "2026-08-03T00:00:00Z", "2027-02-01T00:00:00Z"],
        ),
        ("cron(0 0 ? * L *)", ["2026-01-03T00:00:00Z", "2026-01-10T00:00:00Z", "2026-01-17T00:00:00Z"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z", "2036-02-29T00:00:00Z"]),
        ("cron(0 22-1 * * ? *)", ["2026-01-01T01:00:00Z", "2026-01-01T22:00:00Z", "2026-01-01T23:00:00Z"]),
        ("cron(0 0 ? * FRI-SUN *)", ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z"]),
        ("cron(0 0 ? * 6#5 *)", ["2026-01-30T00:00:00Z", "2026-05-29T00:00:00Z", "2026-07-31T00:00:00Z"]),
    ] {
        assert_eq!(three(expression, from), expected, "{expression}");
    }
}

#[test]
fn after_means_after_to_the_millisecond() {
    let schedule = Schedule::parse("cron(0 10 * * ? *)").unwrap();
    assert_eq!(schedule.next_after(at("2026-01-01T09:59:59.999Z")), Some(at("2026-01-01T10:00:00Z")));
    assert_eq!(schedule.next_after(at("2026-01-01T10:00:00Z")), Some(at("2026-01-02T10:00:00Z")));
}

#[test]
fn what_is_over_is_never_due() {
    assert_eq!(next_after("cron(0 0 1 1 ? 2025)", at("2025-01-01T00:00:00Z")).unwrap(), None);
    assert_eq!(next_after("cron(0 0 31 2 ? *)", at("2026-01-01T00:00:00Z")).unwrap(), None);
    assert_eq!(
        next_after("cron(59 23 31 12 ? *)", at("2199-12-31T23:58:00Z")).unwrap(),
        Some(at("2199-12-31T23:59:00Z"))
    );
    assert_eq!(next_after("cron(59 23 31 12 ? *)", at("2199-12-31T23:59:00Z")).unwrap(), None);
}

#[test]
fn rates_are_aligned_to_the_epoch() {
    for (rate, from, next) in [
        ("rate(1 minute)", "2026-01-01T00:00:30Z", "2026-01-01T00:01:00Z"),
        ("rate(5 minutes)", "2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"),
        ("rate(12 hours)", "2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z"),
        ("rate( 1 day )", "2026-01-01T23:59:59.999Z", "2026-01-02T00:00:00Z"),
    ] {
        assert_eq!(next_after(rate, at(from)).unwrap(), Some(at(next)), "{rate}");
    }
    assert_eq!(next_after("rate(1 day)", Timestamp::NEVER).unwrap(), None);
}

#[test]
fn says_what_is_wrong() {
    for (expression, part) in [
        ("every minute", "is no schedule"),
        ("rate(5)", "a number and a unit"),
        ("rate(0 minutes)", "at least 1"),
        ("rate(1 minutes)", "every number but 1"),
        ("rate(2 minute)", "every number but 1"),
        ("rate(2 weeks)", "minutes, hours or days"),
        ("rate(-1 days)", "whole"),
        ("cron(0 12 * * ?)", "there are 5; write six"),
        ("cron(0 12 * * * *)", "must be `?`"),
        ("cron(0 12 ? * ? *)", "only one"),
        ("cron(60 12 * * ? *)", "minutes: `60` is none of 0-59"),
        ("cron(0 24 * * ? *)", "hours: `24`"),
        ("cron(0 0 32 * ? *)", "day-of-month: `32`"),
        ("cron(0 0 ? * 8 *)", "day-of-week: `8` is none of 1-7 or SUN"),
        ("cron(0 0 ? * 2#6 *)", "1-5"),
        ("cron(0 0 1 JANUARY ? *)", "month: `JANUARY`"),
        ("cron(0 0 1 * ? 2200)", "year: `2200`"),
        ("cron(*/0 0 1 * ? *)", "step `/0`"),
        ("cron(, 0 1 * ? *)", "minutes: ``"),
    ] {
        let error = Schedule::parse(expression).unwrap_err().to_string();
        assert!(error.contains(part), "{expression}: {error}");
    }
    let long = format!("cron({} 0 1 * ? *)", "0,".repeat(limits::MAX_SCHEDULE_BYTES));
    assert!(matches!(Schedule::parse(&long), Err(ScheduleError::UnknownForm(_))));
}

#[test]
fn a_tick_has_one_identity() {
    let tick = tick_event("shop", "nightly", at("2026-01-01T00:00:00Z"));
    assert_eq!(tick.id, "shop/nightly@2026-01-01T00:00:00Z");
    assert_eq!(crate::identity_of_envelope(&tick.envelope).unwrap(), tick.identity);
    assert!(tick.envelope.contains(r#""resources":["shop/nightly"]"#));
    assert_ne!(tick.identity, tick_event("shop", "nightly", at("2026-01-02T00:00:00Z")).identity);
}
