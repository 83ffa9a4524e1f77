//! Partitions: the separate worlds of AWS, each with Regions, accounts and ARNs of its own.

use crate::aws::partition_table::{PARTITIONS, Partition};

/// The partition a Region belongs to, for ARNs that have to be built.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
pub fn of_region(region: &str) -> &'static str {
    let begins = |it: &&Partition| !it.region_prefix.is_empty() && region.starts_with(it.region_prefix);
    PARTITIONS.iter().find(begins).map_or("aws", |found| found.name)
}

/// True for the name of a partition.
pub fn is_partition(name: &str) -> bool {
    PARTITIONS.iter().any(|partition| partition.name == name)
}

/// The Region of the services that have one for the whole partition, for example Organizations.
///
/// Source: `implicitGlobalRegion` in `partitions.json` of botocore.
pub fn global_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-northwest-1",
        "aws-eusc" => "eusc-de-east-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// The end of the host names in a partition.
pub fn dns_suffix(name: &str, dual_stack: bool) -> &'static str {
    let found = PARTITIONS.iter().find(|partition| partition.name == name);
    match dual_stack {
        true => found.map_or("api.aws", |partition| partition.dual_stack_dns_suffix),
        false => found.map_or("amazonaws.com", |partition| partition.dns_suffix),
    }
}

/// The end of the service principals of services without a public host name.
const INTERNAL: &str = "aws.internal";

/// True for a text that can be a service principal: `sqs.amazonaws.com`, `logs.eu-west-1.amazonaws.com`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services>
pub fn is_service_principal(text: &str) -> bool {
    let suffixes = PARTITIONS.iter().flat_map(|it| [it.dns_suffix, it.dual_stack_dns_suffix]).chain([INTERNAL]);
    let name = suffixes.filter_map(|suffix| text.strip_suffix(suffix)).find_map(|name| name.strip_suffix('.'));
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
    use crate::aws::partition_table::{PARTITIONS, REGIONS};

    #[test]
    fn every_region_of_the_list_is_a_region_of_its_partition() {
        assert_eq!(REGIONS.map(|(name, _)| name), PARTITIONS.map(|partition| partition.name));
        for (partition, regions) in REGIONS {
            for region in regions {
                assert!(is_region(region), "{region}");
                assert_eq!(of_region(region), partition, "{region}");
            }
        }
    }

    #[test]
    fn a_region_newer_than_the_list_has_the_partition_of_its_neighbours() {
        for (region, partition) in [
            ("eu-west-9", "aws"),
            ("xy-west-1", "aws"),
            ("us-gov-south-1", "aws-us-gov"),
            ("cn-south-1", "aws-cn"),
            ("eu-isoe-east-1", "aws-iso-e"),
            ("us-isof-west-2", "aws-iso-f"),
            ("eusc-fr-west-1", "aws-eusc"),
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
        for name in [
            "sqs.amazonaws.com",
            "logs.eu-west-1.amazonaws.com",
            "delivery.logs.amazonaws.com",
            "ec2.amazonaws.com.cn",
            "kinesis.amazonaws.eu",
            "ssm.aws.internal",
        ] {
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

    #[test]
    fn names_of_regions_are_recognized() {
        for (text, want) in [
            ("eu-west-1", true),
            ("us-gov-east-1", true),
            ("eusc-de-east-1", true),
            ("ap-southeast-10", true),
            ("", false),
            ("eu-west-1,eu-west-2", false),
            ("EU-WEST-1", false),
            ("eu-west", false),
            ("west-1", false),
            ("eu-west-1a", false),
            ("*", false),
        ] {
            assert_eq!(is_region(text), want, "{text}");
        }
    }
}
