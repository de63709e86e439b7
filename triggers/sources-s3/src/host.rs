//! The `Host` header: `bucket.localhost:4801` names a bucket, every other name is path style.

use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};

/// Reads the header.
#[derive(Clone, Debug)]
pub struct Host {
    /// The domain below which names are buckets.
    pub domain: String,
}

impl S3Host for Host {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        };
        let below = name.strip_suffix(self.domain.as_str()).and_then(|rest| rest.strip_suffix('.'));
        Ok(match below.filter(|bucket| !bucket.is_empty()) {
            Some(bucket) => VirtualHost::new(self.domain.as_str()).with_bucket(bucket),
            None => VirtualHost::new(name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_below_the_domain_is_a_bucket() {
        let host = Host { domain: "localhost".to_owned() };
        let bucket = |name: &str| host.parse_host_header(name).unwrap().bucket().map(str::to_owned);
        assert_eq!(bucket("uploads.localhost:4801").as_deref(), Some("uploads"));
        assert_eq!(bucket("my.uploads.localhost").as_deref(), Some("my.uploads"));
        for path_style in
            ["localhost:4801", "localhost", "127.0.0.1:4801", "[::1]:4801", ".localhost", "example.org"]
        {
            assert_eq!(bucket(path_style), None, "{path_style}");
        }
    }
}
