//! Names of things on AWS: what a workflow writes (a name, an ARN, a URL), and what a service wants.

/// Where the functions run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    /// `aws`, `aws-cn`, `aws-us-gov`; empty means `aws`.
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account's number; empty: unknown.
    pub account: String,
}

/// Whether a text is an ARN.
pub(crate) fn is_arn(name: &str) -> bool {
    name.starts_with("arn:")
}

/// The account and the last part of an ARN.
pub(crate) fn parts(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':').skip(4);
    Some((parts.next()?, parts.next()?))
}

impl Home {
    /// An ARN of a thing here; `None`: the account is not known.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> Option<String> {
        let partition = if self.partition.is_empty() { "aws" } else { &self.partition };
        (!self.account.is_empty())
            .then(|| format!("arn:{partition}:{service}:{}:{}:{resource}", self.region, self.account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_arns_where_the_account_is_known() {
        let home = Home { region: "eu-west-1".into(), account: "123456789012".into(), ..Home::default() };
        assert_eq!(home.arn("sns", "ops").unwrap(), "arn:aws:sns:eu-west-1:123456789012:ops");
        assert_eq!(Home::default().arn("sns", "ops"), None);
        assert_eq!(parts("arn:aws:sqs:eu-west-1:1:q"), Some(("1", "q")));
        assert_eq!(parts("arn:aws:states:eu-west-1:1:stateMachine:m"), Some(("1", "stateMachine:m")));
        assert_eq!(parts("arn:aws"), None);
    }
}
