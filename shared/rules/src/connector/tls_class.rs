//! Classes in settings that replace a part of TLS verification.

use super::report::TlsLevel;
use super::settings::REFERENCE;

/// What a class does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verification {
    /// It verifies as the other settings say.
    AsConfigured,
    /// It always verifies the certificate; the other settings say whether the hostname is verified.
    Certificate,
    /// It verifies less, whatever the other settings say.
    Weak(TlsLevel),
    /// The class is not known, or a config provider supplies it.
    Unknown,
}

use Verification::{AsConfigured, Certificate, Weak};

/// Known classes.
///
/// Sources: pgjdbc/pgjdbc, `org.postgresql.ssl` (`DefaultJavaSSLFactory` always validates the certificate, and
/// `MakeSSL.java` verifies the hostname only in the mode verify-full); aws/amazon-redshift-jdbc-driver, which copied the
/// package; apache/kafka, `DefaultSslEngineFactory.java`; the documentation of Apache HttpClient and Netty. The last three
/// are the trust manager algorithms of the JDK.
const CLASSES: &[(&str, Verification)] = &[
    ("org.postgresql.ssl.LibPQFactory", AsConfigured),
    ("org.postgresql.ssl.jdbc4.LibPQFactory", AsConfigured),
    ("org.postgresql.ssl.PGjdbcHostnameVerifier", AsConfigured),
    ("org.postgresql.ssl.DefaultJavaSSLFactory", Certificate),
    ("org.postgresql.ssl.SingleCertValidatingFactory", Certificate),
    ("org.postgresql.ssl.NonValidatingFactory", Weak(TlsLevel::Unverified)),
    ("com.amazon.redshift.ssl.LibPQFactory", AsConfigured),
    ("com.amazon.redshift.ssl.DefaultJavaSSLFactory", Certificate),
    ("com.amazon.redshift.ssl.SingleCertValidatingFactory", Certificate),
    ("com.amazon.redshift.ssl.NonValidatingFactory", Weak(TlsLevel::Unverified)),
    ("org.apache.kafka.common.security.ssl.DefaultSslEngineFactory", AsConfigured),
    ("org.apache.http.conn.ssl.DefaultHostnameVerifier", AsConfigured),
    ("org.apache.http.conn.ssl.NoopHostnameVerifier", Weak(TlsLevel::HostnameCheckDisabled)),
    ("org.apache.http.conn.ssl.AllowAllHostnameVerifier", Weak(TlsLevel::HostnameCheckDisabled)),
    ("org.apache.http.conn.ssl.TrustAllStrategy", Weak(TlsLevel::Unverified)),
    ("org.apache.hc.client5.http.ssl.DefaultHostnameVerifier", AsConfigured),
    ("org.apache.hc.client5.http.ssl.NoopHostnameVerifier", Weak(TlsLevel::HostnameCheckDisabled)),
    ("org.apache.hc.client5.http.ssl.TrustAllStrategy", Weak(TlsLevel::Unverified)),
    ("io.netty.handler.ssl.util.InsecureTrustManagerFactory", Weak(TlsLevel::Unverified)),
    ("PKIX", AsConfigured),
    ("SunX509", AsConfigured),
    ("X509", AsConfigured),
];

/// Settings that name such a class, by their endings in lower case without separators.
const SETTINGS: &[&str] = &[
    "sslenginefactoryclass",
    "ssltrustmanageralgorithm",
    "sslfactory",
    "sslfactoryclass",
    "sslsocketfactory",
    "sslsocketfactoryclass",
    "sslcontextfactory",
    "sslcontextfactoryclass",
    "hostnameverifier",
    "hostnameverifierclass",
    "trustmanagerclass",
    "trustmanagerfactory",
];

/// What a class does, and its name without the package as the table spells it.
pub(super) fn classify(class: &str) -> (Verification, &'static str) {
    let class = class.trim();
    match CLASSES.iter().find(|(known, _)| *known == class) {
        Some((known, verification)) => (*verification, known.rsplit('.').next().unwrap_or(known)),
        None if class.is_empty() && !class.contains(REFERENCE) => (AsConfigured, ""),
        None => (Verification::Unknown, ""),
    }
}

/// Whether a setting of this normalized name names such a class.
pub(super) fn is_setting(normalized: &str) -> bool {
    SETTINGS.iter().any(|ending| normalized.ends_with(ending))
}
