//! What the simulation has found in the product: each a scenario of its own, by the seed that found it.

use fanin_tests_protocol::real;
use fanin_tests_protocol::settings::Settings;

/// Three hours: the leases of calls are over.
const LEASES_OVER: i64 = 3 * 3_600_000;

/// The first firing of an `absent` with `after` whose earlier `after` came last: its deadline is the earlier one's.
#[test]
fn an_earlier_after_that_comes_later_moves_the_deadline() {
    let settings = Settings { redrive_after: LEASES_OVER, ..Settings::of(8034) };
    assert_eq!(real::run_rushed(&settings, false).problems, [""; 0]);
}

/// A start that was set aside and is sent again while the lease of its calls lasts is a new message to the queue. It leaves
/// the lease alone, and has to come again: the message that owned the lease is gone, and nobody else would make the call.
#[test]
fn a_start_sent_again_while_its_lease_lasts_is_not_forgotten() {
    let settings = Settings { redrive_after: 0, ..Settings::of(5959) };
    assert_eq!(real::run_rushed(&settings, false).problems, [""; 0]);
}

/// Two deliveries of one message at once: the second takes the calls of the first, which has no time left and hands on what is
/// still its own. It must not let the message be deleted: should the second one die, the call would be nobody's.
#[test]
fn a_call_taken_by_a_second_delivery_outlives_the_first() {
    assert_eq!(real::run(&Settings::of(70_876), false).problems, [""; 0]);
}
