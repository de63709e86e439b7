//! Negative controls: protocols that are known to be broken, and worlds and hosts that do not keep their word. A simulation
//! that does not find each of them broken within a thousand seeds proves nothing about the others.

use fanin_tests_protocol::campaign::{CONTROL_SEEDS, first_failing, subjects};

/// A test for each, and the list of them all.
macro_rules! controls {
    ($($test:ident: $name:literal,)*) => {
        const CONTROLS: &[&str] = &[$($name),*];
        $(#[test] fn $test() { is_found($name); })*
    };
}

controls! {
    a_add: "A: ADD",
    b_id_put_first_then_add: "B: id put first, then ADD",
    d_transaction_then_a_look: "D: transaction, then a look",
    e_ids_cleared_by_a_firing: "E: ids cleared by a firing",
    f_no_outbox: "F: no outbox",
    g_the_next_commit_drops_the_outbox_unpublished: "G: the next commit drops the outbox unpublished",
    h_the_stream_has_the_keys_only: "H: the stream has the keys only",
    n_set_of_ids_fire_when_large_enough: "N: set of ids, fire when large enough",
    j_pages_without_a_flush: "J: pages without a flush",
    j_the_page_by_when_this_copy_was_sent: "J: the page by when this copy was sent",
    k_shards_stale_reads: "K: shards, stale reads",
    k_shards_repetitions_do_not_look: "K: shards, repetitions do not look",
    t_the_wake_up_is_believed: "T: the wake-up is believed",
    t_the_timer_is_sent_but_not_recorded: "T: the timer is sent but not recorded",
    t_a_stale_image_is_believed_by_the_wake_up: "T: a stale image is believed by the wake-up",
    l_by_the_worker_s_clock: "L: by the worker's clock",
    l_pruned_without_a_floor: "L: pruned without a floor",
    l_the_floor_by_when_this_copy_was_sent: "L: the floor by when this copy was sent",
    m_with_deadline_a_look_instead_of_the_close: "M with deadline: a look instead of the close",
    m_with_deadline_a_complete_image_fires_whenever: "M with deadline: a complete image fires whenever",
    m_with_deadline_only_who_sees_himself_first_sends_the_wake_up: "M with deadline: only who sees himself first sends the wake-up",
    host_writes_without_their_condition: "host: writes without their condition",
    host_fresh_reads_that_are_old: "host: fresh reads that are old",
    host_sends_that_are_lost: "host: sends that are lost",
    host_outboxes_that_are_not_stored: "host: outboxes that are not stored",
    table_writes_without_their_condition: "table: writes without their condition",
    table_fresh_reads_that_are_old: "table: fresh reads that are old",
    log_answers_before_the_event_is_durable: "log: answers before the event is durable",
    log_calls_before_their_cause_is_durable: "log: calls before their cause is durable",
    log_calls_that_a_restart_forgets: "log: calls that a restart forgets",
}

fn is_found(name: &str) {
    let chosen = subjects().into_iter().filter(|subject| subject.name == name);
    let found: Vec<u64> = chosen
        .filter_map(|subject| {
            first_failing(0, CONTROL_SEEDS, &|settings, traced| subject.run(settings, traced))
        })
        .collect();
    assert_eq!(found.len(), 1, "{name} passes {CONTROL_SEEDS} seeds: the simulation proves nothing");
}

#[test]
fn every_control_has_its_test() {
    let controls: Vec<String> = subjects().into_iter().filter(|s| !s.stands).map(|s| s.name).collect();
    assert_eq!(controls, CONTROLS);
}
