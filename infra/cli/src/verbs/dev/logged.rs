//! What happens, as lines of the log: with `FANIN_LOG=info` what fired, was called and was refused, with `debug` each event too.

use std::sync::Arc;

use fanin_dispatch::Settled;
use fanin_local::{Observer, Refused, Spent, Taken};
use fanin_rule::{Action, Outcome};
use fanin_runtime::Notice;
use fanin_runtime::documents::target_name;
use tracing::{Level, debug, enabled, info};

/// Bytes of what a failed target said that are logged. Past it the rest is left out: the call's failure has all of it.
const MAX_CAUSE_LOGGED_BYTES: usize = 1024;

/// Logs what it hears, and passes it on. What events carry stays out of the log, save captures: they name what it is about.
/// A target may repeat in its error what it was sent, so that is for whoever asks for `debug`.
#[derive(Debug)]
pub(super) struct Logged(Arc<dyn Observer>);

impl Logged {
    /// Whoever watches the service instead of `next`; `next` itself where nothing of this would be written.
    pub(super) fn before(next: Arc<dyn Observer>) -> Arc<dyn Observer> {
        if enabled!(Level::INFO) { Arc::new(Logged(next)) } else { next }
    }
}

fn captures(notice: &Notice) -> String {
    let pairs: Vec<String> = notice.captures.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join(" ")
}

/// As much of a cause as is logged; it ends between characters.
fn beginning(cause: &str) -> &str {
    cause.get(..cause.floor_char_boundary(MAX_CAUSE_LOGGED_BYTES)).unwrap_or_default()
}

fn log_taken(taken: &Taken) {
    for (arrival, reception) in taken.events.iter().zip(&taken.receptions) {
        match &reception.refused {
            Some((code, reason)) => {
                info!(code, reason, origin = ?arrival.origin, "an event went to the dead letters");
            }
            None => debug!(
                origin = ?arrival.origin,
                matched = reception.matched,
                reached = reception.reached,
                duplicates = reception.duplicates,
                late = reception.late,
                bytes = arrival.text.len(),
                "an event was taken"
            ),
        }
    }
}

impl Observer for Logged {
    fn taken(&self, spent: Spent) {
        match &spent {
            Spent::Taken(taken) => log_taken(taken),
            Spent::Refused(Refused { refusal, .. }) => {
                info!(code = %refusal.code, reason = %refusal.reason, "an event went to the dead letters");
            }
        }
        self.0.taken(spent);
    }

    fn refused(&self, refused: Refused) {
        let refusal = &refused.refusal;
        info!(code = %refusal.code, reason = %refusal.reason, "an event was refused");
        self.0.refused(refused);
    }

    fn derived(&self, notices: Vec<Notice>) {
        for notice in &notices {
            info!(event = %notice.name, id = notice.identity.to_uuid(), captures = captures(notice), "a derived event");
        }
        self.0.derived(notices);
    }

    fn calling(&self, actions: &[Action]) {
        for action in actions {
            debug!(rule = %action.rule, run = ?action.run, action = action.index, attempt = action.attempt, "a call begins");
        }
        self.0.calling(actions);
    }

    fn called(&self, settled: &Settled) {
        let Settled { action, outcome, took } = settled;
        // `target` is what `tracing` calls the module.
        let (rule, run, calls) = (&action.rule, action.run, target_name(&action.target));
        let (attempt, took_ms) = (action.attempt, u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        match outcome {
            Outcome::Done { .. } => info!(%rule, ?run, calls, attempt, took_ms, "a call is done"),
            Outcome::Failed { error, cause } => {
                info!(%rule, ?run, calls, attempt, took_ms, error, "a call failed");
                debug!(%rule, ?run, attempt, bytes = cause.len(), cause = beginning(cause), "what a failed target said");
            }
        }
        self.0.called(settled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_much_of_a_cause_is_logged() {
        let just = "x".repeat(MAX_CAUSE_LOGGED_BYTES);
        assert_eq!(beginning(&just), just);
        assert_eq!(beginning(&format!("{just}x")), just);
        let cut = beginning(&"€".repeat(MAX_CAUSE_LOGGED_BYTES)).len();
        assert!(cut <= MAX_CAUSE_LOGGED_BYTES && cut > MAX_CAUSE_LOGGED_BYTES - '€'.len_utf8(), "{cut}");
        assert_eq!(beginning(""), "");
    }
}
