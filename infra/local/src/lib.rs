//! The embedded host: log, engine, receivers and function runners in one process.
