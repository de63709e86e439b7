//! Internet addresses in patterns: literals that mean an address, and blocks.

use std::net::Ipv6Addr;

/// An address; an IPv4 address mapped into IPv6 is that IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    V4(u32),
    V6(u128),
}

impl Address {
    /// Its bits; those of an IPv4 address are the lowest.
    pub(crate) fn bits(self) -> u128 {
        match self {
            Address::V4(a) => u128::from(a),
            Address::V6(a) => a,
        }
    }

    /// Reads `1.2.3.4` (leading zeros allowed, always decimal) or IPv6 without a dotted part or zone.
    pub(crate) fn parse(text: &[u8]) -> Option<Address> {
        match text.first()? {
            // Most strings are no address: the first byte decides.
            b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b':' => {}
            _ => return None,
        }
        if text.contains(&b':') { v6(text) } else { v4(text).map(Address::V4) }
    }
}

fn v4(text: &[u8]) -> Option<u32> {
    let mut parts = text.split(|b| *b == b'.');
    let mut address: u32 = 0;
    for _ in 0..4 {
        let part = parts.next()?;
        let mut value: u32 = 0;
        for digit in part {
            if !digit.is_ascii_digit() {
                return None;
            }
            value = (value * 10 + u32::from(digit - b'0')).min(256);
        }
        if part.is_empty() || value > 255 {
            return None;
        }
        address = (address << 8) | value;
    }
    parts.next().is_none().then_some(address)
}

fn v6(text: &[u8]) -> Option<Address> {
    if !text.iter().all(|b| b.is_ascii_hexdigit() || *b == b':') {
        return None;
    }
    let address: Ipv6Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(match address.to_ipv4_mapped() {
        Some(mapped) => Address::V4(u32::from(mapped)),
        None => Address::V6(u128::from(address)),
    })
}

/// A block of addresses of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Its first address.
    pub(crate) base: Address,
    pub(crate) bits: u32,
}

impl Block {
    /// The block of `bits` bits an address stands in: with all bits of its family, the address alone.
    pub(crate) fn around(address: Address, bits: u32) -> Block {
        let base = match address {
            Address::V4(a) => Address::V4(a & mask4(bits)),
            Address::V6(a) => Address::V6(a & mask6(bits)),
        };
        Block { base, bits }
    }

    /// The block that is one address.
    pub(crate) fn of(address: Address) -> Block {
        Block { base: address, bits: if matches!(address, Address::V4(_)) { 32 } else { 128 } }
    }

    /// Reads `ADDRESS/BITS`: 0 to 31 bits of IPv4, 0 to 127 of IPv6 (a single address is written as a plain string).
    pub(crate) fn parse(text: &str) -> Option<Block> {
        let (address, bits) = text.split_once('/')?;
        let bits: u32 = bits.parse().ok()?;
        let base = match Address::parse(address.as_bytes())? {
            Address::V4(a) if bits < 32 => Address::V4(a & mask4(bits)),
            Address::V6(a) if bits < 128 => Address::V6(a & mask6(bits)),
            _ => return None,
        };
        Some(Block { base, bits })
    }

    pub(crate) fn contains(&self, address: Address) -> bool {
        match (self.base, address) {
            (Address::V4(base), Address::V4(a)) => a & mask4(self.bits) == base,
            (Address::V6(base), Address::V6(a)) => a & mask6(self.bits) == base,
            _ => false,
        }
    }
}

fn mask4(bits: u32) -> u32 {
    u32::MAX.checked_shl(32 - bits).unwrap_or(0)
}

fn mask6(bits: u32) -> u128 {
    u128::MAX.checked_shl(128 - bits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        Address::parse(a.as_bytes()).is_some() && Address::parse(a.as_bytes()) == Address::parse(b.as_bytes())
    }

    #[test]
    fn one_address_has_many_spellings() {
        assert!(same("010.0.0.1", "10.0.0.1"));
        assert!(same("0:0:0:0:0:0:0:1", "::1"));
        assert!(same("::ffff:a00:1", "10.0.0.1"));
        for none in [
            "10.0.0.256",
            "10.0.0",
            "10.0.0.1.1",
            "10..0.1",
            ":",
            "::ffff:10.0.0.1",
            "fe80::1%1",
            "12:34",
            "",
        ] {
            assert_eq!(Address::parse(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn blocks_hold_their_family_only() {
        let block = Block::parse("10.0.0.77/24").unwrap();
        assert!(block.contains(Address::V4(0x0a00_00ff)) && !block.contains(Address::V4(0x0a00_0100)));
        let all = Block::parse("0.0.0.0/0").unwrap();
        assert!(all.contains(Address::V4(u32::MAX)) && !all.contains(Address::V6(1)));
        assert!(Block::parse("::/0").unwrap().contains(Address::V6(u128::MAX)));
        for none in [
            "10.0.0.0/32",
            "::1/128",
            "10.0.0/24",
            "10.0.0.0",
            "10.0.0.0/-1",
            "10.0.0.0/8/9",
            "::ffff:a00:0/120",
        ] {
            assert_eq!(Block::parse(none), None, "{none}");
        }
        assert!(Block::parse("10.0.0.0/+08").is_some());
    }
}
