//! The fuzz target's corpus as an ordinary test: every input that was ever interesting is compared again.

mod model;

use std::path::Path;

#[test]
fn every_input_of_the_corpus_agrees() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/differential");
    let mut inputs = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        model::compare(&std::fs::read(entry.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs >= 100, "only {inputs} inputs");
}
