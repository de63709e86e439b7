//! The three functions of the AWS host: wiring only.
