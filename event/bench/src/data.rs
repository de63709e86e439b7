//! The events: parcel records such as land registers publish, and EventBridge envelopes.

use crate::random::Random;

/// Street names, the frequent first letters of an American city.
pub const STREETS: [&str; 24] = [
    "UNKNOWN",
    "JEFFERSON",
    "BEACH",
    "NORTH POINT",
    "BAY",
    "FRANCISCO",
    "CHESTNUT",
    "LOMBARD",
    "GREENWICH",
    "FILBERT",
    "UNION",
    "GREEN",
    "VALLEJO",
    "BROADWAY",
    "PACIFIC",
    "JACKSON",
    "WASHINGTON",
    "CLAY",
    "SACRAMENTO",
    "CALIFORNIA",
    "PINE",
    "BUSH",
    "SUTTER",
    "FULTON",
];

/// Sources of envelopes.
pub const SOURCES: [&str; 8] =
    ["aws.s3", "aws.ec2", "shop.orders", "shop.returns", "depot", "billing", "sensors.hall", "sensors.yard"];
/// Their states.
pub const STATES: [&str; 6] = ["pending", "running", "stopping", "stopped", "failed", "done"];

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// GeoJSON-like, about 850 bytes.
    Parcels,
    /// EventBridge, about 900 bytes.
    Envelopes,
    /// One text of 200 small letters: what makes wildcards dear.
    Lines,
}

impl Data {
    /// Its name in the tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Data::Parcels => "parcels",
            Data::Envelopes => "envelopes",
            Data::Lines => "lines",
        }
    }

    /// `count` events, the same in every run.
    pub fn events(self, count: usize) -> Vec<String> {
        let mut random = Random(0x5eed + self as u64);
        (0..count as u64)
            .map(|n| match self {
                Data::Parcels => parcel(n, &mut random),
                Data::Envelopes => envelope(n, &mut random),
                Data::Lines => format!("{{\"line\":\"{}\"}}", letters(200, &mut random)),
            })
            .collect()
    }
}

/// Small letters.
pub fn letters(count: usize, random: &mut Random) -> String {
    (0..count).map(|_| char::from(*random.pick(b"abcdefghijklmnopqrstuvwxyz"))).collect()
}

/// The parcel's number: block and lot.
pub fn parcel_number(n: u64) -> String {
    format!("{:04}{:03}", n / 40 % 10_000, n % 40 + 1)
}

fn parcel(n: u64, random: &mut Random) -> String {
    let lot = parcel_number(n);
    let street = random.pick(&STREETS);
    let from = random.below(3_000);
    let (west, south) =
        (122.36 + random.below(150_000) as f64 / 1e6, 37.70 + random.below(110_000) as f64 / 1e6);
    let point = |x: f64, y: f64| format!("{{ \"x\": -{x:.12}, \"y\": {y:.12}, \"z\": 0.0 }}");
    let corners: Vec<String> = (0..7)
        .map(|i| {
            let (dx, dy) = (random.below(900) as f64 / 1e7, random.below(900) as f64 / 1e7);
            point(west + dx + f64::from(i) * 1e-5, south + dy)
        })
        .collect();
    let first = corners.first().map_or("{}", String::as_str);
    let kind = random.pick(&["ST", "AVE", "BLVD", "WAY"]);
    let side = if from.is_multiple_of(2) { "E" } else { "O" };
    format!(
        "{{ \"type\": \"Feature\", \"properties\": {{ \"MAPBLKLOT\": \"{lot}\", \"BLKLOT\": \"{lot}\", \
         \"BLOCK_NUM\": \"{}\", \"LOT_NUM\": \"{}\", \"FROM_ST\": \"{from}\", \"TO_ST\": \"{}\", \
         \"STREET\": \"{street}\", \"ST_TYPE\": \"{kind}\", \"ODD_EVEN\": \"{side}\", \"LEVY\": {}, \
         \"OWNER\": null }}, \"geometry\": {{ \"type\": \"{}\", \"firstCoordinates\": {first}, \
         \"coordinates\": [ [ {} ] ] }} }}",
        lot.get(..4).unwrap_or_default(),
        lot.get(4..).unwrap_or_default(),
        from + 8,
        random.below(1_000_000) as f64 / 100.0,
        if random.below(20) == 0 { "MultiPolygon" } else { "Polygon" },
        corners.join(", "),
    )
}

/// The tenant of an envelope.
pub fn tenant(n: u64) -> String {
    format!("tenant-{n:06}")
}

/// Tenants there are.
pub const TENANTS: u64 = 200_000;

fn envelope(n: u64, random: &mut Random) -> String {
    let (high, low) = (random.draw(), random.draw());
    let source = random.pick(&SOURCES);
    let state = random.pick(&STATES);
    let tenant = tenant(random.below(TENANTS));
    let (priority, amount) = (random.below(10), random.below(10_000_000) as f64 / 100.0);
    let (net, host) = (random.below(256), random.below(256));
    format!(
        "{{\"version\":\"0\",\"id\":\"{:08x}-{:04x}-{:04x}-{:04x}-{:012x}\",\"detail-type\":\"{} State Change\",\
         \"source\":\"{source}\",\"account\":\"111122223333\",\"time\":\"2026-05-{:02}T{:02}:{:02}:{:02}Z\",\
         \"region\":\"eu-central-1\",\"resources\":[\"arn:aws:ec2:eu-central-1:111122223333:instance/i-{low:016x}\"],\
         \"detail\":{{\"instance-id\":\"i-{high:016x}\",\"tenant\":\"{tenant}\",\"state\":\"{state}\",\
         \"priority\":{priority},\"amount\":{amount},\"address\":\"10.{net}.{host}.7\",\
         \"key\":\"jobs/{n}/part-{priority}-of-10.csv\",\"note\":\"moved by the nightly \\\"sweep\\\" of {tenant}, \
         nothing to be done about it, the report lies beside the others\",\
         \"tags\":[{{\"name\":\"team\",\"value\":\"team-{}\"}},{{\"name\":\"stage\",\"value\":\"{}\"}}],\
         \"metrics\":{{\"cpu\":{:.2},\"memory\":{:.2},\"disk\":{{\"read\":{},\"written\":{}}}}},\
         \"trace\":{{\"root\":\"1-{high:016x}-{low:016x}\",\"sampled\":true,\"parent\":null}}}}}}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff,
        random.pick(&["EC2 Instance", "Order", "Parcel"]),
        1 + n % 28,
        n % 24,
        n % 60,
        n * 7 % 60,
        random.below(40),
        random.pick(&["production", "staging"]),
        random.below(10_000) as f64 / 100.0,
        random.below(10_000) as f64 / 100.0,
        random.below(1 << 30),
        random.below(1 << 30),
    )
}
