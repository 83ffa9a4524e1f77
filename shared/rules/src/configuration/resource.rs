//! The resource that a call is about.

use serde::Serialize;

use crate::aws::arn::Arn;

/// The resource that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// The CloudFormation type: `AWS::Kinesis::Stream`, …
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its ARN; `None` if the record does not have it and it cannot be built.
    pub arn: Option<String>,
    /// Its name or id.
    pub name: String,
}

impl Resource {
    /// A resource known by an ARN, a name or both. A missing name is taken from the ARN.
    pub fn new(kind: &'static str, arn: Option<String>, name: Option<&str>) -> Resource {
        let named = |arn: &String| Arn::parse(arn).map(|arn| arn.name().to_owned());
        let name = name.map(str::to_owned).or_else(|| arn.as_ref().and_then(named));
        Resource { kind, arn, name: name.unwrap_or_else(|| "(unnamed)".to_owned()) }
    }
}
