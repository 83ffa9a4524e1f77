//! The kinds of destinations that a Firehose stream can have, and what calls, descriptions, the AWS CLI and Terraform call them.
//!
//! <https://docs.aws.amazon.com/firehose/latest/APIReference/API_DestinationDescription.html>

/// What destinations are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `CreateDeliveryStream`: what is absent has the API's default.
    Created,
    /// `UpdateDestination`: what is absent stays as it was.
    Updated,
    /// `DescribeDeliveryStream`: what is absent has the API's default, except for secrets, most of which it never shows.
    Described,
}

/// A kind of destination, as the API, the AWS CLI and Terraform call it.
#[derive(Debug)]
pub(crate) struct DestinationKind {
    /// The member of `CreateDeliveryStream`.
    pub(super) created: &'static str,
    /// The member of `UpdateDestination`.
    pub(super) updated: &'static str,
    /// The member of `DescribeDeliveryStream`.
    pub(super) described: &'static str,
    /// The option of `aws firehose update-destination`.
    pub option: &'static str,
    /// The block in Terraform's `aws_kinesis_firehose_delivery_stream`.
    pub block: &'static str,
    /// Where it has S3 configurations.
    pub(super) places: &'static [S3Place],
    /// The member that holds a URL that the caller chooses.
    pub(super) endpoint: &'static [&'static str],
    /// The members that may hold a credential in plaintext.
    pub(super) secrets: &'static [&'static [&'static str]],
}

/// Where a destination has an S3 configuration.
#[derive(Debug)]
pub(crate) struct S3Place {
    /// The member of a new destination; empty for the destination itself.
    pub(super) created: &'static str,
    /// The member of an update; empty for the destination itself.
    pub(super) updated: &'static str,
    /// The member of a description; empty for the destination itself.
    pub(super) described: &'static str,
    /// That of an update with a capital, as the AWS CLI calls it, and required members of it.
    pub cli: &'static str,
    /// The block in Terraform; empty for that of the destination itself.
    pub block: &'static str,
}

const ITSELF: S3Place = S3Place { created: "", updated: "", described: "", cli: "", block: "" };
const INTERMEDIATE: S3Place = S3Place {
    created: "s3Configuration",
    updated: "s3Update",
    described: "S3DestinationDescription",
    cli: "S3Update",
    block: "s3_configuration",
};
const BACKUP: S3Place = S3Place {
    created: "s3BackupConfiguration",
    updated: "s3BackupUpdate",
    described: "S3BackupDescription",
    cli: "S3BackupUpdate",
    block: "s3_backup_configuration",
};

/// The one credential that a description shows.
const HEC_TOKEN: &[&str] = &["hECToken"];

/// The kinds of destinations, from the API model of Firehose.
pub(super) static DESTINATIONS: [DestinationKind; 10] = [
    DestinationKind {
        created: "s3DestinationConfiguration",
        updated: "s3DestinationUpdate",
        described: "S3DestinationDescription",
        option: "s3-destination-update",
        block: "extended_s3_configuration", // Terraform has no other
        places: &[ITSELF],
        endpoint: &[],
        secrets: &[],
    },
    DestinationKind {
        created: "extendedS3DestinationConfiguration",
        updated: "extendedS3DestinationUpdate",
        described: "ExtendedS3DestinationDescription",
        option: "extended-s3-destination-update",
        block: "extended_s3_configuration",
        places: &[ITSELF, BACKUP],
        endpoint: &[],
        secrets: &[],
    },
    DestinationKind {
        created: "redshiftDestinationConfiguration",
        updated: "redshiftDestinationUpdate",
        described: "RedshiftDestinationDescription",
        option: "redshift-destination-update",
        block: "redshift_configuration",
        places: &[INTERMEDIATE, BACKUP],
        endpoint: &[],
        secrets: &[&["password"]],
    },
    DestinationKind {
        created: "elasticsearchDestinationConfiguration",
        updated: "elasticsearchDestinationUpdate",
        described: "ElasticsearchDestinationDescription",
        option: "elasticsearch-destination-update",
        block: "elasticsearch_configuration",
        places: &[INTERMEDIATE],
        endpoint: &[],
        secrets: &[],
    },
    DestinationKind {
        created: "amazonopensearchserviceDestinationConfiguration",
        updated: "amazonopensearchserviceDestinationUpdate",
        described: "AmazonopensearchserviceDestinationDescription",
        option: "amazonopensearchservice-destination-update",
        block: "opensearch_configuration",
        places: &[INTERMEDIATE],
        endpoint: &[],
        secrets: &[],
    },
    DestinationKind {
        created: "amazonOpenSearchServerlessDestinationConfiguration",
        updated: "amazonOpenSearchServerlessDestinationUpdate",
        described: "AmazonOpenSearchServerlessDestinationDescription",
        option: "amazon-open-search-serverless-destination-update",
        block: "opensearchserverless_configuration",
        places: &[INTERMEDIATE],
        endpoint: &[],
        secrets: &[],
    },
    DestinationKind {
        created: "splunkDestinationConfiguration",
        updated: "splunkDestinationUpdate",
        described: "SplunkDestinationDescription",
        option: "splunk-destination-update",
        block: "splunk_configuration",
        places: &[INTERMEDIATE],
        endpoint: &["hECEndpoint"],
        secrets: &[HEC_TOKEN],
    },
    DestinationKind {
        created: "httpEndpointDestinationConfiguration",
        updated: "httpEndpointDestinationUpdate",
        described: "HttpEndpointDestinationDescription",
        option: "http-endpoint-destination-update",
        block: "http_endpoint_configuration",
        places: &[INTERMEDIATE],
        endpoint: &["endpointConfiguration", "url"],
        secrets: &[&["endpointConfiguration", "accessKey"]],
    },
    DestinationKind {
        created: "snowflakeDestinationConfiguration",
        updated: "snowflakeDestinationUpdate",
        described: "SnowflakeDestinationDescription",
        option: "snowflake-destination-update",
        block: "snowflake_configuration",
        places: &[INTERMEDIATE],
        endpoint: &[],
        secrets: &[&["privateKey"], &["keyPassphrase"]],
    },
    DestinationKind {
        created: "icebergDestinationConfiguration",
        updated: "icebergDestinationUpdate",
        described: "IcebergDestinationDescription",
        option: "iceberg-destination-update",
        block: "iceberg_configuration",
        // not `s3Update`: an update holds a whole S3 configuration, with its required members
        places: &[S3Place { updated: "s3Configuration", cli: "S3Configuration", ..INTERMEDIATE }],
        endpoint: &[],
        secrets: &[],
    },
];

impl DestinationKind {
    pub(super) fn member(&self, form: Form) -> &'static str {
        match form {
            Form::Created => self.created,
            Form::Updated => self.updated,
            Form::Described => self.described,
        }
    }

    /// True for Splunk, the only destination whose description shows a credential.
    pub(crate) fn is_splunk(&self) -> bool {
        self.secrets.contains(&HEC_TOKEN)
    }

    /// The credentials that it takes inline and that a description does not show, for example `password`. The members are
    /// missing in the API model of its description.
    pub(crate) fn hidden_secrets(&self) -> impl Iterator<Item = String> {
        let hidden = self.secrets.iter().filter(|names| **names != HEC_TOKEN);
        hidden.map(|names| Form::Described.path(names))
    }
}

impl S3Place {
    pub(super) fn member(&self, form: Form) -> &'static str {
        match form {
            Form::Created => self.created,
            Form::Updated => self.updated,
            Form::Described => self.described,
        }
    }

    /// True for the copy of the source records, which a setting switches on.
    pub(super) fn is_backup(&self) -> bool {
        self.created == BACKUP.created
    }
}

impl Form {
    /// A path of members: CloudTrail writes the names of the API with a small first letter.
    pub(super) fn path(self, names: &[&str]) -> String {
        let mut path = String::new();
        for name in names {
            if !path.is_empty() {
                path.push('.');
            }
            let mut letters = name.chars();
            match letters.next().filter(|_| self == Form::Described) {
                Some(first) => path.extend(std::iter::once(first.to_ascii_uppercase()).chain(letters)),
                None => path.push_str(name),
            }
        }
        path
    }
}
