//! Remediation that several rules on data streams recommend.

use crate::engine::context::RuleContext;
use crate::engine::outcome::Remediation;
use crate::util::text::{hcl, plain, shell};

/// Encrypt a Kinesis data stream with a customer managed key.
pub(crate) fn encrypt_stream(context: &RuleContext<'_>) -> Remediation {
    let name = plain(context.name());
    Remediation {
        cli: context.aws(&format!(
            "kinesis start-stream-encryption --stream-name {} --encryption-type KMS --key-id alias/your-key",
            shell(context.name())
        )),
        terraform: format!(
            "resource \"aws_kinesis_stream\" \"this\" {{\n  name            = {}\n  encryption_type = \"KMS\"\n  kms_key_id      = aws_kms_key.this.arn\n}}",
            hcl(context.name())
        ),
        console: format!("Kinesis > Data streams > {name} > Configuration > Server-side encryption"),
    }
}
