//! Retriers and catchers: which one names an error, and how long to wait. Amazon States Language arithmetic.

use fanin_event::{Identity, Span};

use crate::action::ActionId;
use crate::errors::{ALL, DATA_LIMIT_EXCEEDED, RUNTIME, TASK_FAILED, TIMEOUT};
use crate::limits::MAX_RETRY_DELAY_SECONDS;
use crate::rule::{Jitter, Retrier};

/// Whether a retrier's or catcher's list names `error`.
///
/// `States.ALL` names every error, `States.TaskFailed` every one except `States.Timeout`; neither names
/// `States.DataLimitExceeded` and `States.Runtime`, which would come again.
#[must_use]
pub fn names(list: &[String], error: &str) -> bool {
    let wild = !matches!(error, DATA_LIMIT_EXCEEDED | RUNTIME);
    list.iter().any(|name| {
        name == error || (wild && name == ALL) || (wild && name == TASK_FAILED && error != TIMEOUT)
    })
}

/// The wait before the retry number `used` + 1 of a retrier: `interval * rate ^ used`, at most the retrier's cap and
/// [`MAX_RETRY_DELAY_SECONDS`]. Full jitter takes a share of it that `id` and `attempt` (the one that failed) decide,
/// the same on every host and after every crash.
#[must_use]
pub fn delay(retrier: &Retrier, used: u32, id: ActionId, attempt: u32) -> Span {
    let cap = retrier.max_delay_seconds.unwrap_or(MAX_RETRY_DELAY_SECONDS).min(MAX_RETRY_DELAY_SECONDS);
    // A rate below 1 (or none at all) is refused by the compiler; here it must only not shrink to nothing.
    let rate = if retrier.backoff_rate >= 1.0 { retrier.backoff_rate } else { 1.0 };
    let factor = power(rate, used);
    #[expect(clippy::cast_precision_loss, reason = "the cap is far below 2^53")]
    let seconds =
        (retrier.interval_seconds.clamp(1, MAX_RETRY_DELAY_SECONDS) as f64 * factor).min(cap as f64);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the cap in milliseconds, checked by `min` above"
    )]
    let millis = (seconds * 1000.0).round() as u64;
    match retrier.jitter {
        Jitter::None => Span(millis),
        Jitter::Full => Span(share(millis, id, attempt)),
    }
}

/// `base ^ exponent` by squaring: only multiplications, which every platform rounds alike, and at most 32 rounds.
fn power(base: f64, exponent: u32) -> f64 {
    let (mut result, mut square, mut left) = (1.0_f64, base, exponent);
    while left > 0 {
        if left & 1 == 1 {
            result *= square;
        }
        square *= square;
        left >>= 1;
    }
    result
}

/// A number from 0 to `most`, decided by the action and the attempt.
fn share(most: u64, id: ActionId, attempt: u32) -> u64 {
    let seed = Identity::of(&["jitter", &id.to_string(), &attempt.to_string()]).short();
    let wide = u128::from(seed) * (u128::from(most) + 1);
    u64::try_from(wide >> 64).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier() -> Retrier {
        Retrier {
            errors: vec![ALL.to_owned()],
            interval_seconds: 1,
            max_attempts: 3,
            backoff_rate: 2.0,
            max_delay_seconds: None,
            jitter: Jitter::None,
        }
    }

    fn id(text: &str) -> ActionId {
        ActionId(Identity::of(&[text]))
    }

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn wildcards() {
        assert!(names(&list(&["A", "B"]), "B"));
        assert!(!names(&list(&["A"]), "B"));
        assert!(!names(&[], "B"));
        for (wildcard, error, expected) in [
            (ALL, "Mine", true),
            (ALL, TIMEOUT, true),
            (ALL, TASK_FAILED, true),
            (ALL, DATA_LIMIT_EXCEEDED, false),
            (ALL, RUNTIME, false),
            (TASK_FAILED, "Mine", true),
            (TASK_FAILED, TASK_FAILED, true),
            (TASK_FAILED, TIMEOUT, false),
            (TASK_FAILED, DATA_LIMIT_EXCEEDED, false),
            (TASK_FAILED, RUNTIME, false),
            (DATA_LIMIT_EXCEEDED, DATA_LIMIT_EXCEEDED, true),
            (RUNTIME, RUNTIME, true),
        ] {
            assert_eq!(names(&list(&[wildcard]), error), expected, "{wildcard} {error}");
        }
    }

    #[test]
    fn waits_grow_by_the_rate() {
        let waits =
            |retrier: &Retrier| (0..5).map(|used| delay(retrier, used, id("a"), 1).0).collect::<Vec<_>>();
        assert_eq!(waits(&retrier()), [1000, 2000, 4000, 8000, 16000]);
        assert_eq!(waits(&Retrier { backoff_rate: 1.0, ..retrier() }), [1000; 5]);
        assert_eq!(
            waits(&Retrier { backoff_rate: 1.5, interval_seconds: 3, ..retrier() }),
            [3000, 4500, 6750, 10125, 15188]
        );
        assert_eq!(
            waits(&Retrier { max_delay_seconds: Some(5), ..retrier() }),
            [1000, 2000, 4000, 5000, 5000]
        );
        assert_eq!(waits(&Retrier { backoff_rate: f64::NAN, ..retrier() }), [1000; 5]);
        assert_eq!(waits(&Retrier { backoff_rate: -2.0, ..retrier() }), [1000; 5]);
    }

    #[test]
    fn waits_saturate_at_the_limit() {
        let most = Span::seconds(MAX_RETRY_DELAY_SECONDS);
        assert_eq!(delay(&retrier(), 24, id("a"), 1), Span::seconds(1 << 24));
        assert_eq!(delay(&retrier(), 25, id("a"), 1), most);
        assert_eq!(delay(&retrier(), u32::MAX, id("a"), 1), most);
        assert_eq!(delay(&Retrier { interval_seconds: u64::MAX, ..retrier() }, 0, id("a"), 1), most);
        assert_eq!(delay(&Retrier { backoff_rate: f64::INFINITY, ..retrier() }, 1, id("a"), 1), most);
        assert_eq!(
            delay(&Retrier { backoff_rate: f64::INFINITY, ..retrier() }, 0, id("a"), 1),
            Span::seconds(1)
        );
        assert_eq!(delay(&Retrier { max_delay_seconds: Some(u64::MAX), ..retrier() }, 99, id("a"), 1), most);
    }

    #[test]
    fn full_jitter_is_spread_and_repeatable() {
        let full = Retrier { jitter: Jitter::Full, ..retrier() };
        let waits: Vec<u64> = (0..200).map(|n| delay(&full, 3, id(&n.to_string()), 4).0).collect();
        let again: Vec<u64> = (0..200).map(|n| delay(&full, 3, id(&n.to_string()), 4).0).collect();
        assert_eq!(waits, again);
        assert!(waits.iter().all(|wait| *wait <= 8000));
        for quarter in 0..4 {
            let inside =
                waits.iter().filter(|wait| (quarter * 2000..(quarter + 1) * 2000).contains(*wait)).count();
            assert!((25..=80).contains(&inside), "quarter {quarter} has {inside} of 200");
        }
        assert_ne!(delay(&full, 3, id("a"), 4), delay(&full, 3, id("a"), 5));
    }
}
