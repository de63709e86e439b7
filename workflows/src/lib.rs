//! Workflow and test files: text to a plan, or diagnostics with places. Pure.
