//! Scenarios, conformance, architecture, crash harness and benches.
