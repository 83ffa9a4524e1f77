//! Amazon Resource Names.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// An Amazon Resource Name, split at its colons.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov` or another.
    pub partition: &'a str,
    /// `kms`, `kafka`, …
    pub service: &'a str,
    /// The Region; empty for global services.
    pub region: &'a str,
    /// The account id; empty if the service leaves it out.
    pub account: &'a str,
    /// The rest: `key/1234…`, `cluster/name/uuid`, …
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN; `None` if the text is not an ARN.
    pub fn parse(text: &'a str) -> Option<Arn<'a>> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        Some(Arn {
            partition: parts.next().filter(|part| !part.is_empty())?,
            service: parts.next().filter(|part| !part.is_empty())?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next().filter(|part| !part.is_empty())?,
        })
    }

    /// The name in a resource of the form `type/name` or `type/name/more`.
    pub fn name(&self) -> &'a str {
        self.resource.split('/').nth(1).unwrap_or(self.resource)
    }
}

/// Decodes an ARN that was percent-encoded as a path parameter, as MSK and MSK Connect record it.
///
/// Only a text with an encoded colon and no plain one is decoded, because decoding twice breaks names.
pub fn decoded(text: &str) -> Cow<'_, str> {
    if text.contains(':') || !text.to_ascii_uppercase().contains("%3A") {
        return Cow::Borrowed(text);
    }
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_any_partition_are_split() {
        let arn = Arn::parse("arn:aws-cn:kms:cn-north-1:111122223333:key/a:b").unwrap();
        assert_eq!((arn.partition, arn.region, arn.resource), ("aws-cn", "cn-north-1", "key/a:b"));
        assert_eq!(Arn::parse("arn:aws:s3:::bucket").unwrap().account, "");
        for text in ["", "arn", "arn:aws:kms:us-east-1:key", "urn:aws:kms:r:a:key/x", "arn::kms:r:a:x"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn percent_encoding_is_undone_once() {
        let plain = "arn:aws:kafka:eu-west-1:111122223333:cluster/a%2Fb/1";
        assert_eq!(
            decoded("arn%3Aaws%3akafka%3Aeu-west-1%3A111122223333%3Acluster%2Forders%2F1"),
            "arn:aws:kafka:eu-west-1:111122223333:cluster/orders/1"
        );
        for text in [plain, "a%2Fb", "arn:aws:kafka:eu-west-1:111122223333:cluster/a%3Ab/1", "100%", "%3A%ff"] {
            assert_eq!(decoded(text), text);
        }
    }
}
