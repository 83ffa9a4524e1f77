//! Links of a finding: to the resource in the AWS console, and to the event in CloudTrail's event history.
//!
//! Callers choose names and replayed files hold anything, so a link consists of known hosts and paths, and everything else in
//! it is percent-encoded. It contains letters, digits and `-._:/?=#%` only, which end no link and mean nothing in a terminal,
//! an e-mail, HTML or the markup of chat applications.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::aws::arn::Arn;
use crate::aws::partition::{is_region, of_region};
use crate::cloudtrail::record::is_masked;
use crate::configuration::resource::Resource;

/// Links of a finding. A link that is not known is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Links {
    /// The resource in the console of its Region and partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The event in CloudTrail's event history, which has events of the last 90 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

impl Links {
    /// True if nothing is known.
    pub fn is_empty(&self) -> bool {
        self.resource.is_none() && self.event.is_none()
    }

    /// The link that a reader needs first: what is wrong, or else where it comes from.
    pub fn first(&self) -> Option<&str> {
        self.resource.as_deref().or(self.event.as_deref())
    }
}

/// The longest link. Names of AWS are much shorter.
const LONGEST: usize = 2_048;

/// The consoles: the end of the host names by partition. The others have no public console.
///
/// <https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html>, <https://docs.aws.eu/general/latest/gr/endpoints.html>,
/// and for China and GovCloud <https://github.com/link2aws/link2aws.github.io/blob/master/link2aws.js>
const CONSOLES: [(&str, &str); 4] = [
    ("aws", "console.aws.amazon.com"),
    ("aws-cn", "console.amazonaws.cn"),
    ("aws-eusc", "console.amazonaws-eusc.eu"),
    ("aws-us-gov", "console.amazonaws-us-gov.com"),
];

/// What identifies a resource in the address of its page.
#[derive(Debug, Clone, Copy)]
enum Page {
    /// The name: what follows this in the ARN, up to the next slash; and the rest of the address.
    Name(&'static str, &'static str),
    /// The ARN, of which the resource begins with this, encoded with its colons and slashes; and the rest of the address.
    Arn(&'static str, &'static str),
    /// The ARN, of which the resource begins with this, with its colons and slashes.
    PlainArn(&'static str),
    /// Nothing: the page lists all resources of the kind, or is where the console begins.
    List,
}

/// The pages by CloudFormation type: the console, the address of the page, and what follows.
///
/// AWS does not document these addresses. Pages of single resources are as the console shows them and public code has them
/// (`encodeURIComponent` in those of MSK). Where no address of a single resource could be confirmed, it is the list.
const PAGES: [(&str, &str, &str, Page); 16] = [
    ("AWS::CloudTrail::Channel", "cloudtrailv2", "/dashboard", Page::List),
    ("AWS::CloudTrail::Dashboard", "cloudtrailv2", "/dashboard", Page::List),
    ("AWS::CloudTrail::EventDataStore", "cloudtrailv2", "/lake/eventDataStores", Page::List),
    ("AWS::CloudTrail::Trail", "cloudtrail", "/trails/", Page::PlainArn("trail/")),
    ("AWS::KMS::Alias", "kms", "/kms/keys", Page::List),
    ("AWS::KMS::CustomKeyStore", "kms", "/kms/custom-key-stores", Page::List),
    ("AWS::KMS::Key", "kms", "/kms/keys/", Page::Name("key/", "")),
    ("AWS::KafkaConnect::Connector", "msk", "/connector/", Page::Arn("connector/", "/view")),
    ("AWS::KafkaConnect::WorkerConfiguration", "msk", "/workerConfigurations", Page::List),
    ("AWS::Kinesis::Channel", "kinesis", "/home", Page::List),
    ("AWS::Kinesis::Stream", "kinesis", "/streams/details/", Page::Name("stream/", "/monitoring")),
    ("AWS::Kinesis::StreamConsumer", "kinesis", "/streams/details/", Page::Name("stream/", "/monitoring")),
    ("AWS::KinesisFirehose::DeliveryStream", "firehose", "/details/", Page::Name("deliverystream/", "/monitoring")),
    ("AWS::MSK::Channel", "msk", "/home/", Page::List),
    ("AWS::MSK::Cluster", "msk", "/cluster/", Page::Arn("cluster/", "/view")),
    // the documentation of MSK begins at this address for every task
    ("AWS::MSK::Replicator", "msk", "/home/", Page::List),
];

/// What stays as it is in a part of an address.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// What stays as it is in an ARN with its colons and slashes.
const PLAIN_ARN: &AsciiSet = &PART.remove(b':').remove(b'/');

/// The link to a resource. `region` is where it is if its ARN does not say so.
pub(crate) fn resource(resource: &Resource, region: &str) -> Option<String> {
    let (_, console, path, page) = PAGES.iter().find(|(kind, ..)| *kind == resource.kind)?;
    let text = resource.arn.as_deref();
    let arn = text.and_then(Arn::parse);
    let (partition, region) = arn.map_or((of_region(region), region), |arn| (arn.partition, arn.region));
    let of = |beginning: &str| Some((text?, arn?.resource.strip_prefix(beginning)?));
    let page = match page {
        Page::List => (*path).to_owned(),
        Page::Name(beginning, end) => {
            let name = of(beginning)?.1.split('/').next().filter(|name| !name.is_empty())?;
            format!("{path}{}{end}", utf8_percent_encode(name, PART))
        }
        Page::Arn(beginning, end) => format!("{path}{}{end}", utf8_percent_encode(of(beginning)?.0, PART)),
        Page::PlainArn(beginning) => format!("{path}{}", utf8_percent_encode(of(beginning)?.0, PLAIN_ARN)),
    };
    address(partition, region, console, &page)
}

/// The link to the event with this id, which CloudTrail recorded in this Region. A masked id finds nothing.
///
/// Public tools link events like this, for example
/// <https://github.com/openshift/osdctl/blob/master/cmd/cloudtrail/errors.go>.
pub(crate) fn event(id: &str, region: &str) -> Option<String> {
    if is_masked(id) {
        return None;
    }
    address(of_region(region), region, "cloudtrailv2", &format!("/events/{}", utf8_percent_encode(id, PART)))
}

/// True for a link that this module could have built: findings are stored, and come back as text from outside.
pub fn is_link(text: &str) -> bool {
    let Some((host, page)) = text.strip_prefix("https://").and_then(|rest| rest.split_once('/')) else { return false };
    let region = CONSOLES.iter().find_map(|(_, end)| host.strip_suffix(end)?.strip_suffix('.'));
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/?=#%".contains(&byte);
    region.is_some_and(is_region) && page.bytes().all(is_allowed) && text.len() <= LONGEST
}

/// The address of a page in the console of a Region.
fn address(partition: &str, region: &str, console: &str, page: &str) -> Option<String> {
    let (_, host) = CONSOLES.iter().find(|(name, _)| *name == partition)?;
    let is_there = is_region(region) && of_region(region) == partition;
    let link = is_there.then(|| format!("https://{region}.{host}/{console}/home?region={region}#{page}"))?;
    (link.len() <= LONGEST).then_some(link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{Strategy, prop_oneof};

    /// The link to a resource of this kind with this ARN.
    fn link(kind: &'static str, arn: &str) -> Option<String> {
        resource(&Resource::new(kind, Some(arn.to_owned()), None), "us-east-1")
    }

    #[test]
    fn resources_have_pages_in_the_console() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let pages = [
            ("AWS::Kinesis::Stream", "kinesis", "stream/orders".to_owned()),
            ("AWS::Kinesis::StreamConsumer", "kinesis", "stream/orders/consumer/billing:1".to_owned()),
            ("AWS::Kinesis::Channel", "kinesis", "channel/orders".to_owned()),
            ("AWS::KinesisFirehose::DeliveryStream", "firehose", "deliverystream/my_logs.x".to_owned()),
            ("AWS::MSK::Cluster", "kafka", format!("cluster/orders/{id}-5")),
            ("AWS::MSK::Replicator", "kafka", format!("replicator/orders/{id}-5")),
            ("AWS::KafkaConnect::Connector", "kafkaconnect", format!("connector/to-s3/{id}-4")),
            ("AWS::KafkaConnect::WorkerConfiguration", "kafkaconnect", format!("worker-configuration/w/{id}-4")),
            ("AWS::KMS::Key", "kms", format!("key/{id}")),
            ("AWS::KMS::Key", "kms", "key/mrk-1234abcd12ab34cd56ef1234567890ab".to_owned()),
            ("AWS::KMS::Alias", "kms", "alias/payments".to_owned()),
            ("AWS::CloudTrail::Trail", "cloudtrail", "trail/audit".to_owned()),
            ("AWS::CloudTrail::EventDataStore", "cloudtrail", format!("eventdatastore/{id}")),
        ];
        let links = pages.map(|(kind, service, resource)| {
            link(kind, &format!("arn:aws:{service}:eu-west-1:111122223333:{resource}")).unwrap()
        });
        let start = "https://eu-west-1.console.aws.amazon.com/";
        let ends = links.each_ref().map(|link| link.strip_prefix(start).unwrap());
        insta::assert_snapshot!(ends.join("\n"), @"
        kinesis/home?region=eu-west-1#/streams/details/orders/monitoring
        kinesis/home?region=eu-west-1#/streams/details/orders/monitoring
        kinesis/home?region=eu-west-1#/home
        firehose/home?region=eu-west-1#/details/my_logs.x/monitoring
        msk/home?region=eu-west-1#/cluster/arn%3Aaws%3Akafka%3Aeu-west-1%3A111122223333%3Acluster%2Forders%2F1234abcd-12ab-34cd-56ef-1234567890ab-5/view
        msk/home?region=eu-west-1#/home/
        msk/home?region=eu-west-1#/connector/arn%3Aaws%3Akafkaconnect%3Aeu-west-1%3A111122223333%3Aconnector%2Fto-s3%2F1234abcd-12ab-34cd-56ef-1234567890ab-4/view
        msk/home?region=eu-west-1#/workerConfigurations
        kms/home?region=eu-west-1#/kms/keys/1234abcd-12ab-34cd-56ef-1234567890ab
        kms/home?region=eu-west-1#/kms/keys/mrk-1234abcd12ab34cd56ef1234567890ab
        kms/home?region=eu-west-1#/kms/keys
        cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
        cloudtrailv2/home?region=eu-west-1#/lake/eventDataStores
        ");
        let store = resource(&Resource::without_arn("AWS::KMS::CustomKeyStore", Some("cks-1")), "eu-west-1");
        insta::assert_snapshot!(store.unwrap(), @"https://eu-west-1.console.aws.amazon.com/kms/home?region=eu-west-1#/kms/custom-key-stores");
    }

    #[test]
    fn each_partition_with_a_public_console_has_links() {
        let link = |partition: &str, region: &str| {
            link("AWS::Kinesis::Stream", &format!("arn:{partition}:kinesis:{region}:111122223333:stream/s"))
        };
        let page = |host: &str, region: &str| {
            Some(format!("https://{region}.{host}/kinesis/home?region={region}#/streams/details/s/monitoring"))
        };
        assert_eq!(link("aws-cn", "cn-north-1"), page("console.amazonaws.cn", "cn-north-1"));
        assert_eq!(link("aws-us-gov", "us-gov-west-1"), page("console.amazonaws-us-gov.com", "us-gov-west-1"));
        assert_eq!(link("aws-eusc", "eusc-de-east-1"), page("console.amazonaws-eusc.eu", "eusc-de-east-1"));
        for (partition, region) in [
            ("aws-iso", "us-iso-east-1"),
            ("aws-iso-e", "eu-isoe-west-1"),
            ("aws", "cn-north-1"), // of another partition
            ("aws-cn", "eu-west-1"),
            ("aws", ""),
            ("aws", "evil.example/"),
            ("x", "eu-west-1"),
        ] {
            assert_eq!(link(partition, region), None, "{partition} {region}");
        }
    }

    #[test]
    fn events_have_a_page_in_the_history_of_their_region() {
        insta::assert_snapshot!(event("8bdc31a0-c720-493c-8d0e-db71ebaedcda", "eu-west-1").unwrap(), @"https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/8bdc31a0-c720-493c-8d0e-db71ebaedcda");
        assert!(
            event("8bdc31a0-c720-493c-8d0e-db71ebaedcda", "cn-north-1").unwrap().contains(".console.amazonaws.cn/")
        );
        for id in ["", "EXAMPLE", "00000000-0000-0000-0000-000000000000"] {
            assert_eq!(event(id, "eu-west-1"), None, "{id}");
        }
        assert_eq!(event("e-1", "us-iso-east-1"), None);
    }

    #[test]
    fn names_that_do_not_exist_have_no_link() {
        let arn = |resource: &str| format!("arn:aws:kinesis:eu-west-1:111122223333:{resource}");
        for resource in ["stream/", "stream//x", "streams/x", &format!("stream/{}", "x".repeat(LONGEST))] {
            assert_eq!(link("AWS::Kinesis::Stream", &arn(resource)), None, "{resource}");
        }
        assert_eq!(resource(&Resource::new("AWS::Kinesis::Stream", None, Some("orders")), "eu-west-1"), None);
    }

    #[test]
    fn only_pages_of_a_console_are_links() {
        for (text, want) in [
            ("https://eu-west-1.console.aws.amazon.com/kms/home?region=eu-west-1#/kms/keys", true),
            ("https://cn-north-1.console.amazonaws.cn/", true),
            ("http://eu-west-1.console.aws.amazon.com/kms/home", false),
            ("https://console.aws.amazon.com/kms/home", false),
            ("https://evil.example/?eu-west-1.console.aws.amazon.com/", false),
            ("https://evil.console.aws.amazon.com/x", false),
            ("https://a@eu-west-1.console.aws.amazon.com/x", false),
            ("https://eu-west-1.console.aws.amazon.com.evil.example/x", false),
            ("https://eu-west-1.console.aws.amazon.com/x y", false),
            ("https://eu-west-1.console.aws.amazon.com/x|here>", false),
            ("https://eu-west-1.console.aws.amazon.com", false),
        ] {
            assert_eq!(is_link(text), want, "{text}");
        }
    }

    /// Texts with the characters that could end a link or change what it means.
    fn hostile() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,60}",
            "[\\x00-\\x7f]{0,40}",
            "[a-z]{1,5}[@:/?#\\[\\]<>|\"'`*~)( \\n%&;.]{1,9}evil\\.example[/?#a-z]{0,5}"
        ]
    }

    proptest::proptest! {
        #[test]
        fn any_name_stays_inside_its_link(name in hostile(), id in hostile(), index in 0..PAGES.len()) {
            let (kind, _, _, page) = PAGES[index];
            let beginning = match page {
                Page::Name(beginning, _) | Page::Arn(beginning, _) | Page::PlainArn(beginning) => beginning,
                Page::List => "x/",
            };
            let links = [
                link(kind, &format!("arn:aws:x:eu-west-1:111122223333:{beginning}{name}")),
                link(kind, &name),
                link(kind, &format!("arn:aws:x:{name}:111122223333:{beginning}n")),
                link(kind, &format!("arn:{name}:x:eu-west-1:111122223333:{beginning}n")),
                event(&id, "eu-west-1"),
                event("e-1", &name),
            ];
            for link in links.into_iter().flatten() {
                assert!(is_link(&link), "{link}");
                let (before, page) = link.split_once("#/").unwrap();
                let (region, _) = before.trim_start_matches("https://").split_once(".console").unwrap();
                assert!(before.ends_with(&format!("/home?region={region}")), "{link}");
                assert!(!page.contains(['#', '?']), "{link}");
            }
        }
    }
}
