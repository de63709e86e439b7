//! Which region is meant, decided before a service is asked for anything: that of the environment or of the profile. Only on
//! a machine of EC2 the machine itself is asked besides: elsewhere nobody answers there, which is not the user's mistake.

use anyhow::Context;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::{ConfigLoader, Region};

/// Where Linux says who made the machine.
const VENDOR: &str = "/sys/devices/virtual/dmi/id/sys_vendor";

/// The loader with the region that is meant.
///
/// # Errors
/// None is set, and no machine of EC2 could say one.
pub(crate) async fn chosen(loader: ConfigLoader) -> anyhow::Result<ConfigLoader> {
    if std::fs::read_to_string(VENDOR).is_ok_and(|vendor| is_ec2(&vendor)) {
        return Ok(loader);
    }
    let chain = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new());
    Ok(loader.region(set(chain.region().await)?))
}

/// The region, if one is set.
///
/// # Errors
/// None is, or an empty one.
pub(crate) fn set(region: Option<Region>) -> anyhow::Result<Region> {
    region.filter(|region| !region.as_ref().is_empty()).context(
        "no region is set: export AWS_REGION=eu-west-1, or name a profile that has one with AWS_PROFILE",
    )
}

fn is_ec2(vendor: &str) -> bool {
    vendor.trim() == "Amazon EC2"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_region_is_none() {
        assert!(set(None).is_err());
        assert!(set(Some(Region::from_static(""))).unwrap_err().to_string().contains("AWS_REGION"));
        assert_eq!(set(Some(Region::from_static("eu-west-1"))).unwrap().as_ref(), "eu-west-1");
    }

    #[test]
    fn a_machine_of_ec2_says_so() {
        assert!(is_ec2("Amazon EC2\n"));
        for vendor in ["", "QEMU\n", "Amazon\n"] {
            assert!(!is_ec2(vendor), "{vendor}");
        }
    }
}
