//! Who made a call.

use serde::{Deserialize, Serialize};

use crate::aws::arn::Arn;
use crate::cloudtrail::field::Field;
use crate::cloudtrail::record::Payload;

/// Who made the call.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Actor {
    /// The caller's ARN.
    pub arn: Option<String>,
    /// `IAMUser`, `AssumedRole`, `Root`, `AWSService`, …
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The role behind an assumed role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The role session's name: often the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The address of the caller, or the name of the service that called on its behalf.
    pub source_ip: Option<String>,
    /// The service that made the call for the caller (`cloudformation.amazonaws.com`, …).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
    /// Whether the session was opened with a second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa: Option<bool>,
}

impl Actor {
    pub(crate) fn read(payload: &Payload<'_>, source_ip: Option<&str>) -> Actor {
        let identity = payload.identity();
        let identity = Field::Present(&identity);
        let text = |names: &[&str]| identity.at(names).text().value().map(str::to_owned);
        let arn = text(&["arn"]);
        let session = arn.as_deref().and_then(Arn::parse).filter(|arn| arn.service == "sts");
        Actor {
            kind: text(&["type"]),
            role: text(&["sessionContext", "sessionIssuer", "arn"]),
            session: session.and_then(|arn| arn.resource.split('/').nth(2).map(str::to_owned)),
            source_ip: source_ip.map(str::to_owned),
            invoked_by: text(&["invokedBy"]),
            mfa: identity.at(&["sessionContext", "attributes", "mfaAuthenticated"]).flag().value(),
            arn,
        }
    }

    /// The caller in one line.
    pub fn in_words(&self) -> String {
        let who = self.arn.as_deref().or(self.invoked_by.as_deref()).or(self.kind.as_deref());
        let mut words = who.unwrap_or("unknown caller").to_owned();
        match (&self.source_ip, &self.invoked_by) {
            (Some(ip), _) if ip.parse::<std::net::IpAddr>().is_ok() => words += &format!(" from {ip}"),
            (_, Some(service)) if who != Some(service) => words += &format!(" through {service}"),
            _ => {}
        }
        words
    }
}
