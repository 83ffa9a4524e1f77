//! Who made a call.

use serde::{Deserialize, Serialize};

use crate::aws::arn::Arn;
use crate::cloudtrail::field::Field;
use crate::cloudtrail::record::Payload;
use crate::language::{Text, text};

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
    pub fn in_words(&self) -> Text {
        let who = self.arn.as_deref().or(self.invoked_by.as_deref()).or(self.kind.as_deref());
        let caller = who.map_or(UNKNOWN, Text::from);
        match (&self.source_ip, &self.invoked_by) {
            (Some(address), _) if is_address(address) => text!("{caller} from {address}", caller, address),
            (_, Some(service)) if who != Some(service) => text!("{caller} through {service}", caller, service),
            _ => caller,
        }
    }
}

const UNKNOWN: Text = Text::literal("unknown caller");

fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

/// A caller in one line again, from the English words that were stored.
pub fn caller(words: &str) -> Text {
    let name = |words: &str| if words.is_empty() || words == &*UNKNOWN { UNKNOWN } else { words.into() };
    match (words.rsplit_once(" from "), words.rsplit_once(" through ")) {
        (Some((caller, address)), _) if is_address(address) => {
            text!("{caller} from {address}", caller = name(caller), address)
        }
        (_, Some((caller, service))) => text!("{caller} through {service}", caller = name(caller), service),
        _ => name(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn stored_words_are_those_of_the_caller() {
        let text = |text: &str| Some(text.to_owned());
        for (arn, source_ip, invoked_by, japanese) in [
            (text("arn:a"), text("192.0.2.1"), None, "arn:a (192.0.2.1 から)"),
            (text("arn:a from x"), text("2001:db8::1"), None, "arn:a from x (2001:db8::1 から)"),
            (text("arn:a"), None, text("s.amazonaws.com"), "arn:a (s.amazonaws.com 経由)"),
            (None, text("s.amazonaws.com"), text("s.amazonaws.com"), "s.amazonaws.com"),
            (None, text("192.0.2.1"), None, "不明な呼び出し元 (192.0.2.1 から)"),
            (None, None, None, "不明な呼び出し元"),
        ] {
            let words = Actor { arn, source_ip, invoked_by, ..Actor::default() }.in_words();
            assert_eq!(caller(&words), words);
            assert_eq!(words.in_language(Language::Japanese), japanese);
        }
        assert_eq!(&*caller(""), "unknown caller");
    }
}
