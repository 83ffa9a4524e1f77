//! Remedies that several rules recommend, with the names of the resource filled in.

use crate::rule::{Case, Remediation};
use crate::text::{hcl, plain, shell};

/// Encrypt a Kinesis data stream with a customer managed key.
pub(crate) fn encrypt_stream(case: &Case<'_>) -> Remediation {
    let name = plain(case.name());
    Remediation {
        cli: case.aws(&format!(
            "kinesis start-stream-encryption --stream-name {} --encryption-type KMS --key-id alias/your-key",
            shell(case.name())
        )),
        terraform: format!(
            "resource \"aws_kinesis_stream\" \"this\" {{\n  name            = {}\n  encryption_type = \"KMS\"\n  kms_key_id      = aws_kms_key.this.arn\n}}",
            hcl(case.name())
        ),
        console: format!("Kinesis > Data streams > {name} > Configuration > Server-side encryption"),
    }
}

/// Start server-side encryption of a Firehose stream with a customer managed key.
pub(crate) fn encrypt_firehose(case: &Case<'_>) -> Remediation {
    let name = plain(case.name());
    let region = shell(case.change.region);
    Remediation {
        cli: case.aws(&format!(
            "firehose start-delivery-stream-encryption --delivery-stream-name {} --delivery-stream-encryption-configuration-input KeyType=CUSTOMER_MANAGED_CMK,KeyARN=\"$(aws kms describe-key --key-id alias/your-key --query KeyMetadata.Arn --output text --region {region})\"",
            shell(case.name())
        )),
        terraform: format!(
            "resource \"aws_kinesis_firehose_delivery_stream\" \"this\" {{\n  name = {}\n  server_side_encryption {{\n    enabled  = true\n    key_type = \"CUSTOMER_MANAGED_CMK\"\n    key_arn  = aws_kms_key.this.arn\n  }}\n}}",
            hcl(case.name())
        ),
        console: format!("Amazon Data Firehose > Firehose streams > {name} > Configuration > Server-side encryption"),
    }
}

/// The command that updates the destination of a Firehose stream; `option` says what.
pub(crate) fn update_destination(case: &Case<'_>, option: &str) -> String {
    let (name, region) = (shell(case.name()), shell(case.change.region));
    case.aws(&format!(
        "firehose update-destination --delivery-stream-name {name} --destination-id destinationId-000000000001 --current-delivery-stream-version-id \"$(aws firehose describe-delivery-stream --delivery-stream-name {name} --query DeliveryStreamDescription.VersionId --output text --region {region})\" {option}"
    ))
}

/// The command that updates an MSK cluster; `call` is the AWS CLI's name of it, `option` says what.
pub(crate) fn update_cluster(case: &Case<'_>, call: &str, option: &str) -> String {
    let (arn, region) = (shell(case.arn()), shell(case.change.region));
    case.aws(&format!(
        "kafka {call} --cluster-arn {arn} --current-version \"$(aws kafka describe-cluster-v2 --cluster-arn {arn} --query ClusterInfo.CurrentVersion --output text --region {region})\" {option}"
    ))
}

/// The command that makes an MSK cluster again, where what is wrong cannot be changed.
pub(crate) fn recreate_cluster(case: &Case<'_>) -> String {
    case.aws(&format!(
        "kafka create-cluster-v2 --cluster-name {}-sealed --provisioned file://provisioned.json",
        shell(case.name())
    ))
}
