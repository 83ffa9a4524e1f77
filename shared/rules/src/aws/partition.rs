//! Partitions: the separate worlds of AWS, each with Regions, accounts and ARNs of its own.

/// How the Regions of each partition begin, from the `regionRegex` members of the list that AWS ships with its SDKs
/// (`partitions.json`). Regions of `aws` itself begin in many ways, so it is what remains.
const PREFIXES: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
];

/// The partition a Region belongs to, for ARNs that have to be built.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
pub fn of_region(region: &str) -> &'static str {
    let found = PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix));
    found.map_or("aws", |(_, partition)| partition)
}

/// True for the name of a partition.
pub fn is_partition(name: &str) -> bool {
    name == "aws" || PREFIXES.iter().any(|(_, partition)| *partition == name)
}

/// The ends of host names and service principals in all partitions, from the members `dnsSuffix` of the same list; and
/// that of services without a public host name.
const SUFFIXES: [&str; 9] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".aws.internal",
    ".c2s.ic.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
    ".sc2s.sgov.gov",
    ".api.aws",
];

/// True for a text that can be a service principal: `sqs.amazonaws.com`, `logs.eu-west-1.amazonaws.com`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services>
pub fn is_service_principal(text: &str) -> bool {
    let name = SUFFIXES.iter().find_map(|suffix| text.strip_suffix(suffix));
    name.is_some_and(|name| {
        name.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
    })
}

/// True for a text that can be a Region in a host name: callers type ARNs, and one like
/// `arn:aws:kms:evil.example/:…` must not decide which host the function calls.
pub fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let area = parts
        .next()
        .is_some_and(|area| (2..=4).contains(&area.len()) && area.bytes().all(|byte| byte.is_ascii_lowercase()));
    let number = parts.next_back().is_some_and(|number| {
        !number.is_empty() && number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    let words: Vec<&str> = parts.collect();
    let word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    area && number && (1..=3).contains(&words.len()) && words.iter().all(word)
}

#[cfg(test)]
mod tests {
    use super::{is_partition, is_region, is_service_principal, of_region};

    #[test]
    fn the_partition_follows_from_the_region() {
        for (region, partition) in [
            ("eu-west-1", "aws"),
            ("us-gov-east-1", "aws-us-gov"),
            ("cn-northwest-1", "aws-cn"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
            ("", "aws"),
        ] {
            assert_eq!(of_region(region), partition, "{region}");
            assert!(is_partition(partition));
        }
        for name in ["", "AWS", "aws-chn", "aws-"] {
            assert!(!is_partition(name), "{name}");
        }
    }

    #[test]
    fn service_principals_end_like_host_names() {
        for name in
            ["sqs.amazonaws.com", "logs.eu-west-1.amazonaws.com", "delivery.logs.amazonaws.com", "ec2.amazonaws.com.cn"]
        {
            assert!(is_service_principal(name), "{name}");
        }
        for name in [
            "",
            "sqs",
            "sqs.amazon.com",
            ".amazonaws.com",
            "amazonaws.com",
            "sqs..amazonaws.com",
            "s q s.amazonaws.com",
            "sqs.amazonaws.com ",
            "*.amazonaws.com",
            "https://sqs.amazonaws.com",
        ] {
            assert!(!is_service_principal(name), "{name}");
        }
    }

    #[test]
    fn nothing_but_a_region_gets_into_a_host_name() {
        for region in [
            "eu-west-1",
            "us-gov-east-1",
            "ap-southeast-12",
            "cn-north-1",
            "eu-isoe-west-1",
            "us-iso-east-1",
            "eusc-de-east-1",
        ] {
            assert!(is_region(region), "{region}");
        }
        for text in [
            "",
            "eu",
            "eu-west",
            "eu-1",
            "evil.example/-1",
            "eu-west-1.evil",
            "eu-west-1/",
            "EU-WEST-1",
            "eu--1",
            "x@y-a-1",
            "eu-west-123",
            "aws-global",
        ] {
            assert!(!is_region(text), "{text}");
        }
    }
}
