//! MongoDB connection strings.

use super::grade::Grade;
use super::settings::REFERENCE;
use super::url::Url;

/// What a connection string says about TLS: the grade, and the words that decided.
///
/// Source: mongodb/mongo-java-driver, `ConnectionString.java`. `Open` where it says nothing.
pub(super) fn grade(text: &str) -> (Grade, &'static str) {
    let Some(url) = Url::parse(text) else { return (Grade::Unknown, "") };
    let srv = url.scheme.eq_ignore_ascii_case("mongodb+srv");
    if (!srv && !url.scheme.eq_ignore_ascii_case("mongodb")) || url.rest.contains(REFERENCE) {
        return (Grade::Unknown, "");
    }
    let option = |names: &[&str]| {
        let values = url.query().filter(|(key, _)| names.iter().any(|name| name.eq_ignore_ascii_case(key)));
        values.last().map(|(_, value)| ["true", "yes", "1"].iter().any(|yes| yes.eq_ignore_ascii_case(value)))
    };
    let tls = option(&["tls", "ssl"]);
    if url.is_loopback() {
        (Grade::Local, "")
    } else if tls == Some(false) {
        (Grade::Plaintext, "tls=false")
    } else if option(&["tlsInsecure", "sslInsecure"]) == Some(true) && (srv || tls.is_some()) {
        (Grade::NameOff, "tlsInsecure=true")
    } else if option(&["tlsAllowInvalidHostnames", "sslInvalidHostNameAllowed"]) == Some(true) && (srv || tls.is_some())
    {
        (Grade::NameOff, "tlsAllowInvalidHostnames=true")
    } else if srv || tls.is_some() {
        (Grade::Fine, "")
    } else {
        (Grade::Open, "mongodb://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_decide() {
        for (text, expected) in [
            ("mongodb://db", Grade::Open),
            ("mongodb://db/?tls=true", Grade::Fine),
            ("mongodb://db/?SSL=true", Grade::Fine),
            ("mongodb://db/?ssl=false", Grade::Plaintext),
            ("mongodb+srv://db", Grade::Fine),
            ("mongodb+srv://db/?tls=false", Grade::Plaintext),
            ("mongodb://db/?tls=true&tlsInsecure=true", Grade::NameOff),
            ("mongodb+srv://db/?tlsAllowInvalidHostnames=true", Grade::NameOff),
            ("mongodb://localhost:27017", Grade::Local),
            ("\u{f8ff}", Grade::Unknown),
            ("mongodb://db/\u{f8ff}", Grade::Unknown),
        ] {
            assert_eq!(grade(text).0, expected, "{text}");
        }
    }
}
