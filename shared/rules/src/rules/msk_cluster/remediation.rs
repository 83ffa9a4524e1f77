//! Commands that several rules on MSK clusters recommend.

use crate::engine::context::RuleContext;
use crate::util::text::shell;

/// The command that updates an MSK cluster; `call` is the AWS CLI's name of it, `option` says what.
pub(crate) fn update_cluster(context: &RuleContext<'_>, call: &str, option: &str) -> String {
    let (arn, region) = (shell(context.arn()), shell(context.scope.region));
    context.aws(&format!(
        "kafka {call} --cluster-arn {arn} --current-version \"$(aws kafka describe-cluster-v2 --cluster-arn {arn} --query ClusterInfo.CurrentVersion --output text --region {region})\" {option}"
    ))
}

/// The command that makes an MSK cluster again, where what is wrong cannot be changed.
pub(crate) fn recreate_cluster(context: &RuleContext<'_>) -> String {
    context.aws(&format!(
        "kafka create-cluster-v2 --cluster-name {}-sealed --provisioned file://provisioned.json",
        shell(context.name())
    ))
}
