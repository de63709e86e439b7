//! Events, captures, the event-pattern language and its index. Pure.
