//! Every input that was ever interesting, to every target it belongs to.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests: what fails is printed")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use fanin_tests_fuzz::{TARGETS, Target};

/// Fewer than this in one folder, and somebody has lost it.
const LEAST: usize = 4;

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut inputs: Vec<(String, Vec<u8>)> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    inputs.sort();
    inputs
}

/// Whether it holds; what does not hold is printed.
fn holds(target: &Target, name: &str, input: &[u8]) -> bool {
    println!("{name}");
    catch_unwind(AssertUnwindSafe(|| (target.check)(input))).is_ok()
}

#[test]
fn every_input_of_the_corpus_holds() {
    let mut wrong = Vec::new();
    for target in TARGETS {
        let inputs = corpus(target.name);
        assert!(inputs.len() >= LEAST, "{}: only {} inputs", target.name, inputs.len());
        wrong.extend(
            inputs.into_iter().filter(|(name, input)| !holds(target, name, input)).map(|(name, _)| name),
        );
    }
    assert!(wrong.is_empty(), "it does not hold for {wrong:#?}");
}

/// Found by the target `decoder`: a number that no double holds is JSON all the same, and its event is taken.
#[test]
fn a_number_that_no_double_holds_passes_as_it_is() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (target, end) in
        [("decoder", &br#""timAe":1e999,"detail":{}}"#[..]), ("http_body", &br#""detail":{"n":1e999}}"#[..])]
    {
        let input = std::fs::read(corpus.join(target).join("number-that-no-double-holds")).unwrap();
        assert!(input.ends_with(end));
        fanin_tests_fuzz::check(target, &input);
    }
}

/// Cut short, doubled, one byte changed: the neighbourhood of the corpus, a little of what the fuzzer does.
#[test]
fn its_neighbours_hold_too() {
    let mut wrong = Vec::new();
    for target in TARGETS {
        let slow = matches!(target.name, "log" | "snapshot");
        for (number, (name, input)) in
            corpus(target.name).into_iter().enumerate().take(if slow { 6 } else { 200 })
        {
            let middle = (number * 7 + 3) % input.len().max(1);
            let mut near = vec![input[..middle].to_vec(), [&input[..], &input[..]].concat()];
            for change in [b'"', 0, 0xff, b'\n', b'{', b'9'] {
                let mut changed = input.clone();
                if let Some(byte) = changed.get_mut(middle) {
                    *byte = change;
                }
                near.push(changed);
            }
            let failing = near.into_iter().enumerate().filter(|(_, input)| !holds(target, &name, input));
            wrong.extend(failing.map(|(which, _)| format!("{name}, neighbour {which}")));
        }
    }
    assert!(wrong.is_empty(), "it does not hold for {wrong:#?}");
}
