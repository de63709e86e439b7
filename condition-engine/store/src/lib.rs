//! The ports of the stores, the model store and the one conformance suite.
