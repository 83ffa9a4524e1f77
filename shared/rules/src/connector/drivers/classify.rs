//! What each driver's parameters mean for TLS.

use super::params::{Classification, Levels, Params, by_default};
use crate::connector::report::TlsLevel::{
    HostnameCheckDisabled, NoHostnameCheck, Opportunistic, Plaintext, Undetermined, Unknown, UnknownCheck, Unverified,
    Verified,
};
use crate::connector::tls_class::{self, Verification};
use crate::language::Text;

/// A parameter that switches TLS on or off.
const SWITCH: Levels = &[
    ("true", Verified),
    ("yes", Verified),
    ("1", Verified),
    ("on", Verified),
    ("false", Plaintext),
    ("no", Plaintext),
    ("0", Plaintext),
    ("off", Plaintext),
];

/// The modes of `libpq`, which other drivers adopted.
const LIBPQ: Levels = &[
    ("disable", Plaintext),
    ("allow", Opportunistic),
    ("prefer", Opportunistic),
    ("require", Unverified),
    ("verify-ca", NoHostnameCheck),
    ("verify-full", Verified),
];

pub(super) fn mysql(p: &Params<'_>) -> Classification {
    const MODES: Levels = &[
        ("DISABLED", Plaintext),
        ("PREFERRED", Opportunistic),
        ("REQUIRED", Unverified),
        ("VERIFY_CA", NoHostnameCheck),
        ("VERIFY_IDENTITY", Verified),
    ];
    if p.get("permitMysqlScheme").is_some() {
        return mariadb(p); // MariaDB's driver accepts jdbc:mysql: only with this parameter
    }
    let legacy = || {
        if p.is_off("useSSL") {
            p.by("useSSL", Plaintext, "useSSL=false")
        } else if p.is_on("verifyServerCertificate") {
            p.by("verifyServerCertificate", NoHostnameCheck, "verifyServerCertificate=true")
                .noting(Text::literal("equivalent to VERIFY_CA"))
        } else if p.is_on("requireSSL") {
            p.by("requireSSL", Unverified, "requireSSL=true").noting(Text::literal("equivalent to REQUIRED"))
        } else if p.is_on("useSSL") {
            p.by("useSSL", Opportunistic, "useSSL=true").noting(Text::literal("on its own equivalent to PREFERRED"))
        } else {
            by_default(Opportunistic, "sslMode=PREFERRED")
        }
    };
    p.classify("sslMode", MODES)
        .or_else(|| p.supplied(&["useSSL", "verifyServerCertificate", "requireSSL"]))
        .unwrap_or_else(legacy)
}

pub(super) fn mariadb(p: &Params<'_>) -> Classification {
    const MODES: Levels = &[
        ("disable", Plaintext),
        ("DISABLED", Plaintext),
        ("0", Plaintext),
        ("false", Plaintext),
        ("trust", Unverified),
        ("REQUIRED", Unverified),
        ("verify-ca", NoHostnameCheck),
        ("VERIFY_CA", NoHostnameCheck),
        ("verify-full", Verified),
        ("VERIFY_FULL", Verified),
        ("VERIFY_IDENTITY", Verified),
        ("1", Verified),
        ("true", Verified),
    ];
    let legacy = || {
        if !p.is_on("useSsl") {
            by_default(Plaintext, "sslMode=disable")
        } else if p.is_on("trustServerCertificate") {
            p.by("trustServerCertificate", Unverified, "trustServerCertificate=true")
        } else if p.is_on("disableSslHostnameVerification") {
            p.by("disableSslHostnameVerification", NoHostnameCheck, "disableSslHostnameVerification=true")
        } else {
            p.by("useSsl", Verified, "useSsl=true")
        }
    };
    let checks = || p.supplied_check(&["trustServerCertificate", "disableSslHostnameVerification"]);
    let found = p
        .classify("sslMode", MODES)
        .or_else(|| p.supplied(&["useSsl"]))
        .or_else(|| checks().filter(|_| p.is_on("useSsl") && !p.is_on("trustServerCertificate")))
        .unwrap_or_else(legacy);
    // Authentication with an IAM token requires TLS: the driver raises DISABLE to VERIFY_FULL.
    match found.level {
        Plaintext if p.is("credentialType", &["AWS-IAM"]) => p.by("credentialType", Verified, "credentialType=AWS-IAM"),
        Plaintext => p.supplied(&["credentialType"]).unwrap_or(found),
        _ => found,
    }
}

pub(super) fn postgresql(p: &Params<'_>) -> Classification {
    if p.is("gssEncMode", &["require"]) {
        return p.by("gssEncMode", Verified, "gssEncMode=require");
    }
    let legacy = || match p.get("ssl") {
        Some(_) if p.is_on("ssl") => p.by("ssl", Verified, "ssl=true"),
        Some(_) if p.is_off("ssl") => {
            p.by("ssl", Opportunistic, "ssl=false").noting(Text::literal("equivalent to prefer"))
        }
        _ => by_default(Opportunistic, "sslmode=prefer"),
    };
    let found = p.classify("sslmode", LIBPQ).or_else(|| p.supplied(&["ssl"])).unwrap_or_else(legacy);
    // GSS encryption replaces TLS if the server offers it, and `require` insists on it.
    if found.level <= Opportunistic { p.supplied(&["gssEncMode"]).unwrap_or(found) } else { found }
}

pub(super) fn redshift(p: &Params<'_>) -> Classification {
    let legacy = || match p.get("ssl") {
        Some(_) if p.is_off("ssl") && p.is_on("IAMAuth") => p
            .by("ssl", Opportunistic, "ssl=false")
            .noting(Text::literal("with IAM authentication equivalent to prefer")),
        Some(_) if p.is_off("ssl") => p.by("ssl", Plaintext, "ssl=false"),
        Some(_) if p.is_on("ssl") => {
            p.by("ssl", NoHostnameCheck, "ssl=true").noting(Text::literal("equivalent to verify-ca"))
        }
        Some(_) => p.by("ssl", Unknown, "ssl"),
        None => by_default(NoHostnameCheck, "sslmode=verify-ca"),
    };
    let mode = p.classify("sslmode", LIBPQ).or_else(|| p.classify("authmech", LIBPQ));
    mode.unwrap_or_else(legacy)
}

pub(super) fn sqlserver(p: &Params<'_>) -> Classification {
    const MODES: Levels = &[
        ("false", Plaintext),
        ("no", Plaintext),
        ("optional", Plaintext),
        ("true", Undetermined),
        ("yes", Undetermined),
        ("mandatory", Undetermined),
        ("strict", Verified),
    ];
    let encrypt = p.classify("encrypt", MODES).unwrap_or(by_default(Undetermined, "encrypt=true"));
    match encrypt.level {
        Plaintext => Classification { note: Some(Text::literal("the driver encrypts only the login")), ..encrypt },
        Undetermined if p.is_on("trustServerCertificate") => {
            p.by("trustServerCertificate", Unverified, "trustServerCertificate=true")
        }
        Undetermined => {
            p.supplied_check(&["trustServerCertificate"]).unwrap_or(Classification { level: Verified, ..encrypt })
        }
        Unknown if p.is_on("trustServerCertificate") => {
            p.by("trustServerCertificate", Unverified, "trustServerCertificate=true")
        }
        _ => encrypt,
    }
}

pub(super) fn oracle(p: &Params<'_>) -> Classification {
    const PROTOCOLS: Levels = &[("tcp", Plaintext), ("tcps", Verified)];
    const NATIVE: Levels =
        &[("REQUIRED", Verified), ("REQUESTED", Opportunistic), ("ACCEPTED", Opportunistic), ("REJECTED", Plaintext)];
    let plain = p
        .list
        .iter()
        .any(|param| param.key.eq_ignore_ascii_case("protocol") && param.value.eq_ignore_ascii_case("tcp"));
    if plain {
        // Without TLS, native network encryption is the only other protection.
        let native = p.classify("oracle.net.encryption_client", NATIVE);
        return native.unwrap_or(Classification {
            note: Some(Text::literal("over plain TCP, only native network encryption can protect the data")),
            ..by_default(Opportunistic, "PROTOCOL=tcp")
        });
    }
    if p.classify("protocol", PROTOCOLS).is_none_or(|found| found.level != Verified) {
        return by_default(Unknown, "PROTOCOL"); // an entry in tnsnames.ora or in a directory
    }
    let keys = [
        "ssl_server_dn_match",
        "tls_server_dn_match",
        "oracle.net.ssl_server_dn_match",
        "oracle.net.tls_server_dn_match",
    ];
    match keys.into_iter().find(|key| p.get(key).is_some()) {
        Some(key) if p.is_on(key) => p.by(key, Verified, "ssl_server_dn_match=yes"),
        Some(key) if p.is_off(key) => p.by(key, HostnameCheckDisabled, "ssl_server_dn_match=no"),
        Some(key) => p.by(key, UnknownCheck, key),
        None => by_default(NoHostnameCheck, "ssl_server_dn_match=no"),
    }
}

pub(super) fn clickhouse(p: &Params<'_>) -> Classification {
    let trusting = [("sslmode", "none"), ("ssl_mode", "trust")].into_iter().find(|(key, value)| p.is(key, &[value]));
    let ssl = if p.is("scheme", &["https:"]) {
        by_default(Verified, "https")
    } else {
        p.classify("ssl", SWITCH).unwrap_or(by_default(Plaintext, "ssl=false"))
    };
    match trusting {
        Some((key, _)) if ssl.level != Plaintext => {
            p.by(key, Unverified, if key == "sslmode" { "sslmode=none" } else { "ssl_mode=trust" })
        }
        None if ssl.level == Verified => p.supplied_check(&["sslmode", "ssl_mode"]).unwrap_or(ssl),
        _ => ssl,
    }
}

pub(super) fn db2(p: &Params<'_>) -> Classification {
    p.classify("sslConnection", SWITCH).unwrap_or(by_default(Plaintext, "sslConnection=false"))
}

pub(super) fn sap(p: &Params<'_>) -> Classification {
    let encrypt = p.classify("encrypt", SWITCH).unwrap_or(by_default(Plaintext, "encrypt=false"));
    if encrypt.level != Plaintext && p.is_off("validateCertificate") {
        p.by("validateCertificate", Unverified, "validateCertificate=false")
    } else if encrypt.level == Verified {
        p.supplied_check(&["validateCertificate"]).unwrap_or(encrypt)
    } else {
        encrypt
    }
}

pub(super) fn as400(p: &Params<'_>) -> Classification {
    p.classify("secure", SWITCH).unwrap_or(by_default(Plaintext, "secure=false"))
}

pub(super) fn snowflake(p: &Params<'_>) -> Classification {
    const SSL: Levels = &[("off", Plaintext), ("false", Plaintext), ("on", Verified), ("true", Verified)];
    p.classify("ssl", SSL).unwrap_or(by_default(Verified, "ssl=on"))
}

pub(super) fn vertica(p: &Params<'_>) -> Classification {
    p.classify("tlsmode", LIBPQ).unwrap_or(by_default(Plaintext, "TLSmode=disable"))
}

pub(super) fn teradata(p: &Params<'_>) -> Classification {
    p.classify("sslmode", LIBPQ).unwrap_or(by_default(Opportunistic, "SSLMODE=PREFER"))
}

pub(super) fn h2(p: &Params<'_>) -> Classification {
    const TRANSPORTS: Levels = &[("tcp:", Plaintext), ("ssl:", Verified), ("embedded", Verified)];
    p.classify("scheme", TRANSPORTS).unwrap_or(by_default(Unknown, ""))
}

pub(super) fn embedded(p: &Params<'_>) -> Classification {
    p.classify("scheme", &[("embedded", Verified)]).unwrap_or(by_default(Unknown, ""))
}

/// Parameters that name a class which replaces verification.
pub(crate) const CLASSES: &[&str] = &["sslfactory", "sslhostnameverifier", "trustManagerClass"];

/// Corrects a classification by the classes that replace the verification or the socket of the driver.
pub(super) fn with_classes(p: &Params<'_>, found: Classification) -> Classification {
    let socket = ["socketFactory", "socketFactoryClass"].into_iter().find(|key| p.get(key).is_some());
    if let Some((key, param)) = socket.and_then(|key| Some((key, p.get(key)?)))
        && found.level < HostnameCheckDisabled
    {
        // Google's factories put the connection into a TLS tunnel of their own:
        // GoogleCloudPlatform/cloud-sql-jdbc-socket-factory.
        return match param.value.trim() {
            "" | "com.mysql.cj.protocol.StandardSocketFactory" => found,
            class if class.starts_with("com.google.cloud.sql.") => p.by(key, Verified, key),
            _ => p.by(key, Unknown, key),
        };
    }
    // Where TLS is not enforced, a class that verifies does not help.
    if !(Unverified..=NoHostnameCheck).contains(&found.level) && found.level != Verified {
        return found;
    }
    let mut found = found;
    for key in CLASSES {
        let Some(param) = p.get(key) else { continue };
        found = match tls_class::classify(param.value) {
            (Verification::AsConfigured, _) => found,
            (Verification::Certificate, _) if found.level == Unverified => Classification {
                level: NoHostnameCheck,
                note: Some(Text::literal("the factory verifies the certificate in every mode")),
                ..found
            },
            (Verification::Certificate, _) => found,
            (Verification::Weak(level), name) if level < found.level => Classification {
                value: format!("{key}={name}"),
                ..p.by(key, level, key).noting(Text::literal("the class replaces the verification of the driver"))
            },
            (Verification::Weak(_), _) => found,
            (Verification::Unknown, _) => return p.by(key, UnknownCheck, key),
        };
    }
    found
}
