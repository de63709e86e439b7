//! What is measured: the events, the rule sets, and who competes; shared by the rates and the instruction counts.

pub mod data;
pub mod instructions;
pub mod prepared;
pub mod random;
pub mod recognize;
pub mod rivals;
pub mod rules;
