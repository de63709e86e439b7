//! Raw payloads of every provider to events. Pure.
