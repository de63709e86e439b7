//! Records there and back; frames of old formats.

use super::*;

fn all() -> Vec<Record<'static>> {
    let at = Timestamp(1_700_000_000_123);
    let run = Identity::of(&["run"]);
    vec![
        Record::Event { at, identity: Some(run), origin: Origin::Internal, text: "{\"a\":\"é\"}" },
        Record::Event { at, identity: None, origin: Origin::Stdin, text: "{}" },
        Record::Tick { at },
        Record::Settled { at, run, index: 7, attempt: 2, outcome: OutcomeRef::Done("null") },
        Record::Settled {
            at,
            run,
            index: 7,
            attempt: 2,
            outcome: OutcomeRef::Failed("States.Timeout", "slow"),
        },
        Record::Activated { at, plan: "{}" },
        Record::Refused { at, origin: Origin::Http, code: "E1", reason: "no", payload: "x" },
        Record::Redriven { at, letter: 3 },
        operated(CommandRef::Drop),
        operated(CommandRef::Expire),
        operated(CommandRef::Waive { member: "part", values: "{\"part\":\"3\"}" }),
    ]
}

fn operated(command: CommandRef<'static>) -> Record<'static> {
    let at = Timestamp(1_700_000_000_124);
    Record::Operated { at, condition: "both", key: "42,é", command, by: "ann@desk", why: "lost" }
}

/// Frames of the semantics before stay readable for ever. `FANIN_WRITE_FIXTURES=1` writes that of the present ones, once.
#[test]
fn frames_of_every_semantics_are_read() {
    let before_operations = all().len() - 3;
    for (semantics, records) in [(1, before_operations), (2, all().len())] {
        let name = format!("{}/tests/fixtures/records-{semantics}.bin", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("FANIN_WRITE_FIXTURES").is_some() && !std::path::Path::new(&name).exists() {
            let mut frame = Vec::new();
            all()[..records].iter().for_each(|r| r.encode(&mut frame));
            std::fs::write(&name, frame).unwrap();
        }
        let frame = std::fs::read(&name).unwrap();
        let read: Vec<_> = Records::of(&frame).map(Result::unwrap).collect();
        assert_eq!(read, all()[..records], "{name}");
    }
}

#[test]
fn a_frame_gives_back_its_records() {
    let mut frame = Vec::new();
    all().iter().for_each(|r| r.encode(&mut frame));
    let read: Result<Vec<_>, _> = Records::of(&frame).collect();
    assert_eq!(read.unwrap(), all());
}

#[test]
fn every_cut_is_an_error_or_a_shorter_list() {
    let mut frame = Vec::new();
    all().iter().for_each(|r| r.encode(&mut frame));
    for cut in 0..frame.len() {
        let read: Vec<_> = Records::of(&frame[..cut]).collect();
        assert!(read.len() <= all().len());
        assert!(read.iter().rev().skip(1).all(Result::is_ok), "only the last one may fail");
    }
    assert_eq!(Records::of(&[99; 20]).next().unwrap().unwrap_err().what, "its kind is unknown to this fanin");
}
