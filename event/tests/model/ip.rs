//! Addresses as the specification has them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address a text is, if it is one.
pub(crate) fn literal(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        let plain = text.bytes().all(|b| b == b':' || b.is_ascii_hexdigit());
        let address: Ipv6Addr = plain.then(|| text.parse().ok())??;
        return Some(address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4));
    }
    let parts: Vec<&str> = text.split('.').collect();
    let number = |part: &&str| {
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let shown = part.trim_start_matches('0');
        if !digits {
            None
        } else if shown.is_empty() {
            Some(0)
        } else {
            shown.parse::<u8>().ok()
        }
    };
    let bytes: Option<Vec<u8>> = parts.iter().map(number).collect();
    let bytes: [u8; 4] = bytes?.try_into().ok()?;
    Some(IpAddr::V4(Ipv4Addr::from(bytes)))
}

/// Whether an address lies in a block `address/bits`.
pub(crate) fn inside(block: &str, address: IpAddr) -> bool {
    let Some((base, bits)) = block.split_once('/') else { return false };
    let bits: u32 = bits.parse().unwrap_or(u32::MAX);
    let mapped = |address: Ipv6Addr| u128::from(address);
    match (literal(base), address) {
        (Some(IpAddr::V4(base)), IpAddr::V4(address)) => {
            let shift = 32_u32.saturating_sub(bits);
            u32::from(base).checked_shr(shift).unwrap_or(0)
                == u32::from(address).checked_shr(shift).unwrap_or(0)
        }
        (Some(IpAddr::V6(base)), IpAddr::V6(address)) => {
            let shift = 128_u32.saturating_sub(bits);
            mapped(base).checked_shr(shift).unwrap_or(0) == mapped(address).checked_shr(shift).unwrap_or(0)
        }
        _ => false,
    }
}
