//! The S3-compatible endpoint whose uploads are events.
