//! Remediation that several rules on Firehose streams recommend.

use crate::engine::context::RuleContext;
use crate::engine::outcome::Remediation;
use crate::util::text::{hcl, plain, shell};

/// Start server-side encryption of a Firehose stream with a customer managed key.
pub(crate) fn encrypt_firehose(context: &RuleContext<'_>) -> Remediation {
    let name = plain(context.name());
    let region = shell(context.scope.region);
    Remediation {
        cli: context.aws(&format!(
            "firehose start-delivery-stream-encryption --delivery-stream-name {} --delivery-stream-encryption-configuration-input KeyType=CUSTOMER_MANAGED_CMK,KeyARN=\"$(aws kms describe-key --key-id alias/your-key --query KeyMetadata.Arn --output text --region {region})\"",
            shell(context.name())
        )),
        terraform: format!(
            "resource \"aws_kinesis_firehose_delivery_stream\" \"this\" {{\n  name = {}\n  server_side_encryption {{\n    enabled  = true\n    key_type = \"CUSTOMER_MANAGED_CMK\"\n    key_arn  = aws_kms_key.this.arn\n  }}\n}}",
            hcl(context.name())
        ),
        console: format!("Amazon Data Firehose > Firehose streams > {name} > Configuration > Server-side encryption"),
    }
}

/// The command that updates the destination of a Firehose stream; `option` says what.
pub(crate) fn update_destination(context: &RuleContext<'_>, option: &str) -> String {
    let (name, region) = (shell(context.name()), shell(context.scope.region));
    context.aws(&format!(
        "firehose update-destination --delivery-stream-name {name} --destination-id destinationId-000000000001 --current-delivery-stream-version-id \"$(aws firehose describe-delivery-stream --delivery-stream-name {name} --query DeliveryStreamDescription.VersionId --output text --region {region})\" {option}"
    ))
}
