//! MongoDB connection strings.

use super::report::TlsLevel;
use super::settings::REFERENCE;
use super::url::Url;

/// The option that the Java driver ignores, but other drivers do not.
pub(super) const INVALID_CERTIFICATES: &str = "tlsAllowInvalidCertificates=true";

/// Classifies a connection string: the level, and the text that decided. `Undetermined` if it does not mention TLS.
/// `encrypted` if another setting enables TLS.
///
/// Source: mongodb/mongo-java-driver, `ConnectionString.java`.
pub(super) fn classify(text: &str, encrypted: bool) -> (TlsLevel, &'static str) {
    let Some(url) = Url::parse(text) else { return (TlsLevel::Unknown, "") };
    let srv = url.scheme.eq_ignore_ascii_case("mongodb+srv");
    if (!srv && !url.scheme.eq_ignore_ascii_case("mongodb")) || url.rest.contains(REFERENCE) {
        return (TlsLevel::Unknown, "");
    }
    let option = |names: &[&str]| {
        let values = url.query().filter(|(key, _)| names.iter().any(|name| name.eq_ignore_ascii_case(key)));
        values.last().map(|(_, value)| ["true", "yes", "1"].iter().any(|yes| yes.eq_ignore_ascii_case(value)))
    };
    let tls = option(&["tls", "ssl"]);
    let encrypted = encrypted || srv || tls.is_some();
    if url.is_loopback() {
        (TlsLevel::Loopback, "")
    } else if tls == Some(false) {
        (TlsLevel::Plaintext, "tls=false")
    } else if !encrypted {
        (TlsLevel::Undetermined, "mongodb://")
    } else if option(&["tlsAllowInvalidCertificates", "sslAllowInvalidCertificates"]) == Some(true) {
        (TlsLevel::Unverified, INVALID_CERTIFICATES)
    } else if option(&["tlsInsecure", "sslInsecure"]) == Some(true) {
        (TlsLevel::HostnameCheckDisabled, "tlsInsecure=true")
    } else if option(&["tlsAllowInvalidHostnames", "sslInvalidHostNameAllowed"]) == Some(true) {
        (TlsLevel::HostnameCheckDisabled, "tlsAllowInvalidHostnames=true")
    } else if srv || tls.is_some() {
        (TlsLevel::Verified, "")
    } else {
        (TlsLevel::Undetermined, "mongodb://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_decide() {
        for (text, expected) in [
            ("mongodb://db", TlsLevel::Undetermined),
            ("mongodb://db/?tls=true", TlsLevel::Verified),
            ("mongodb://db/?SSL=true", TlsLevel::Verified),
            ("mongodb://db/?ssl=false", TlsLevel::Plaintext),
            ("mongodb+srv://db", TlsLevel::Verified),
            ("mongodb+srv://db/?tls=false", TlsLevel::Plaintext),
            ("mongodb://db/?tls=true&tlsInsecure=true", TlsLevel::HostnameCheckDisabled),
            ("mongodb+srv://db/?tlsAllowInvalidHostnames=true", TlsLevel::HostnameCheckDisabled),
            ("mongodb://localhost:27017", TlsLevel::Loopback),
            ("\u{f8ff}", TlsLevel::Unknown),
            ("mongodb://db/\u{f8ff}", TlsLevel::Unknown),
        ] {
            assert_eq!(classify(text, false).0, expected, "{text}");
        }
        for (text, expected) in [
            ("mongodb://db", TlsLevel::Undetermined),
            ("mongodb://db/?tls=false&tlsInsecure=true", TlsLevel::Plaintext),
            ("mongodb://db/?tlsInsecure=true", TlsLevel::HostnameCheckDisabled),
            ("mongodb://db/?sslInvalidHostNameAllowed=true", TlsLevel::HostnameCheckDisabled),
            ("mongodb://db/?tlsAllowInvalidCertificates=true", TlsLevel::Unverified),
        ] {
            assert_eq!(classify(text, true).0, expected, "{text} with TLS enabled elsewhere");
        }
    }
}
