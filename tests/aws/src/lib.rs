//! The AWS host under test: our own AWS double, emulators, faults, costs.
