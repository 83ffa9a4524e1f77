//! The partitions of AWS and their Regions.
//!
//! Written by `infra/tests/test_partitions.py` from the list that AWS ships with its SDKs (`partitions.json` of botocore);
//! `UPDATE_PARTITIONS=1` rewrites it.

/// One partition.
#[derive(Debug, Clone, Copy)]
pub struct Partition {
    /// Its name in ARNs.
    pub name: &'static str,
    /// How its Regions begin; empty for `aws`, whose Regions begin in many ways.
    pub region_prefix: &'static str,
    /// The end of its host names.
    pub dns_suffix: &'static str,
    /// The end of its host names with IPv6.
    pub dual_stack_dns_suffix: &'static str,
}

/// All partitions, by name.
#[rustfmt::skip]
pub const PARTITIONS: [Partition; 8] = [
    Partition { name: "aws", region_prefix: "", dns_suffix: "amazonaws.com", dual_stack_dns_suffix: "api.aws" },
    Partition { name: "aws-cn", region_prefix: "cn-", dns_suffix: "amazonaws.com.cn", dual_stack_dns_suffix: "api.amazonwebservices.com.cn" },
    Partition { name: "aws-eusc", region_prefix: "eusc-", dns_suffix: "amazonaws.eu", dual_stack_dns_suffix: "api.amazonwebservices.eu" },
    Partition { name: "aws-iso", region_prefix: "us-iso-", dns_suffix: "c2s.ic.gov", dual_stack_dns_suffix: "api.aws.ic.gov" },
    Partition { name: "aws-iso-b", region_prefix: "us-isob-", dns_suffix: "sc2s.sgov.gov", dual_stack_dns_suffix: "api.aws.scloud" },
    Partition { name: "aws-iso-e", region_prefix: "eu-isoe-", dns_suffix: "cloud.adc-e.uk", dual_stack_dns_suffix: "api.cloud-aws.adc-e.uk" },
    Partition { name: "aws-iso-f", region_prefix: "us-isof-", dns_suffix: "csp.hci.ic.gov", dual_stack_dns_suffix: "api.aws.hci.ic.gov" },
    Partition { name: "aws-us-gov", region_prefix: "us-gov-", dns_suffix: "amazonaws.com", dual_stack_dns_suffix: "api.aws" },
];

/// The Regions of each partition, for tests: a Region may be newer than the list.
#[cfg(test)]
#[rustfmt::skip]
pub(super) const REGIONS: [(&str, &[&str]); 8] = [
    ("aws", &["af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "me-west-1", "mx-central-1", "sa-east-1", "sa-west-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"]),
    ("aws-cn", &["cn-north-1", "cn-northwest-1"]),
    ("aws-eusc", &["eusc-de-east-1"]),
    ("aws-iso", &["us-iso-east-1", "us-iso-west-1"]),
    ("aws-iso-b", &["us-isob-east-1", "us-isob-west-1"]),
    ("aws-iso-e", &["eu-isoe-west-1"]),
    ("aws-iso-f", &["us-isof-east-1", "us-isof-south-1"]),
    ("aws-us-gov", &["us-gov-east-1", "us-gov-west-1"]),
];
