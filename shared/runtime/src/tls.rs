//! Which root certificates are trusted.
//!
//! AWS endpoints present certificates of Amazon Trust Services, so its five roots are tried first: reading the more than
//! one hundred roots of the platform takes longer than everything else a function does before its first event. The
//! platform's roots check a certificate that the five did not sign: of a partition with its own authorities, of a root
//! that is newer than this binary, of an endpoint that `AWS_ENDPOINT_URL` names. So everything that works with the
//! platform's roots works here, and no function stops when the first of the five expires, at the end of 2037.
//!
//! The command line also uses the proxies that the environment names. A function reaches AWS without one.
//!
//! `AWS_CA_BUNDLE`, the variable of the AWS CLI, names a PEM file with the only roots to trust, for a proxy that inspects
//! TLS. `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the platform's roots, as in other programs.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, io};

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, RootCertStore};

use crate::environment::variable;
use crate::proxy::Proxies;

/// Amazon Root CA 1 to 4 and Starfield Services Root Certificate Authority - G2.
///
/// <https://www.amazontrust.com/repository/>
const AMAZON_ROOTS: &str = include_str!("amazon_roots.pem");

/// Names a PEM file with the only roots to trust.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// The HTTP client of all AWS clients of a function. TLS is set up at the first call: most events need none.
///
/// # Errors
/// Says what is wrong with the file that `AWS_CA_BUNDLE` names.
pub(crate) fn http_client() -> Result<SharedHttpClient, String> {
    client(&trusting)
}

/// The HTTP client of all AWS clients of the command line. Unlike that of functions, it uses the proxies that `HTTPS_PROXY`,
/// `HTTP_PROXY` and `ALL_PROXY` name, except for the hosts of `NO_PROXY`. All may be in lower case.
///
/// # Errors
/// As [`http_client`]; or names the variable that holds no usable proxy.
pub(crate) fn laptop_http_client() -> Result<SharedHttpClient, String> {
    let proxies = Proxies::from_variables(&variable)?;
    let client = client(&|roots| trusting_by_proxy(roots, &proxies))?;
    Ok(proxies.named_in_errors_of(client))
}

/// Makes a client that trusts these roots.
type Trusting<'a> = &'a dyn Fn(TrustStore) -> Result<SharedHttpClient, String>;

fn client(trusting: Trusting<'_>) -> Result<SharedHttpClient, String> {
    if let Some(path) = variable(CA_BUNDLE) {
        let pem = fs::read(&path).map_err(|error| format!("{CA_BUNDLE}: `{path}` cannot be read: {error}"))?;
        check_bundle(&pem).map_err(|problem| format!("{CA_BUNDLE}: `{path}` {problem}"))?;
        let bundle = trusting(TrustStore::empty().with_pem_certificate(pem))?;
        return Ok(http_client_fn(move |settings, components| bundle.http_connector(settings, components)));
    }
    let platform = trusting(TrustStore::default())?;
    if variable("SSL_CERT_FILE").is_some() || variable("SSL_CERT_DIR").is_some() {
        return Ok(http_client_fn(move |settings, components| platform.http_connector(settings, components)));
    }
    Ok(with_fallback(trusting(TrustStore::empty().with_pem_certificate(AMAZON_ROOTS))?, platform))
}

/// A client that uses the fallback for certificates that no root of the first client has signed.
fn with_fallback(first: SharedHttpClient, fallback: SharedHttpClient) -> SharedHttpClient {
    let first_failed = Arc::new(AtomicBool::new(false));
    http_client_fn(move |settings, components| {
        if first_failed.load(Ordering::Relaxed) {
            return fallback.http_connector(settings, components);
        }
        SharedHttpConnector::new(WithFallback {
            first: first.http_connector(settings, components),
            fallback: fallback.clone(),
            settings: settings.clone(),
            components: components.clone(),
            first_failed: Arc::clone(&first_failed),
        })
    })
}

/// A client that trusts these roots.
fn trusting(roots: TrustStore) -> Result<SharedHttpClient, String> {
    let context = tls_context(roots)?;
    Ok(Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(context).build_https())
}

/// A client that trusts these roots, and uses these proxies.
fn trusting_by_proxy(roots: TrustStore, proxies: &Proxies) -> Result<SharedHttpClient, String> {
    let (context, proxies) = (tls_context(roots)?, proxies.config());
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(context.clone())
            .proxy_config(proxies.clone());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.build()
    }))
}

fn tls_context(roots: TrustStore) -> Result<TlsContext, String> {
    let context = TlsContext::builder().with_trust_store(roots).build();
    context.map_err(|error| format!("cannot set up TLS: {error}"))
}

/// Fails if a text holds no certificate, or one that cannot be read: the SDK would panic.
fn check_bundle(pem: &[u8]) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| format!("is not PEM: {error}"))?;
        roots.add(certificate).map_err(|error| format!("holds a certificate that cannot be read: {error}"))?;
    }
    if roots.is_empty() { Err("holds no certificate: it must be a PEM file".to_owned()) } else { Ok(()) }
}

#[derive(Debug)]
struct WithFallback {
    first: SharedHttpConnector,
    fallback: SharedHttpClient,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
    /// True once a certificate was rejected: later calls use the fallback at once.
    first_failed: Arc<AtomicBool>,
}

impl HttpConnector for WithFallback {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let retry = request.try_clone();
        let response = self.first.call(request);
        let (fallback, settings, components) = (self.fallback.clone(), self.settings.clone(), self.components.clone());
        let first_failed = Arc::clone(&self.first_failed);
        HttpConnectorFuture::new(async move {
            match (response.await, retry) {
                // the handshake failed, so nothing was sent, and nothing is published twice
                (Err(error), Some(retry)) if is_unknown_issuer(&error) => {
                    first_failed.store(true, Ordering::Relaxed);
                    tracing::info!(
                        "no Amazon root signed the certificate of {}: using the roots of the platform",
                        retry.uri()
                    );
                    fallback.http_connector(&settings, &components).call(retry).await
                }
                (response, _) => response,
            }
        })
    }
}

/// True if a connection failed because no trusted root has signed the certificate.
fn is_unknown_issuer(error: &ConnectorError) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(problem)) = error.downcast_ref() {
            return matches!(problem, CertificateError::UnknownIssuer);
        }
        // `source()` of an I/O error skips the error that it wraps
        next = match error.downcast_ref::<io::Error>() {
            Some(error) => error.get_ref().map(|inner| inner as _),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::sync::atomic::AtomicUsize;

    use aws_config::{BehaviorVersion, Region};
    use aws_sdk_sns::config::Credentials;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use rustls::{ServerConfig, ServerConnection, Stream};
    use sha2::{Digest, Sha256};

    /// SHA-256 of the certificates, as <https://www.amazontrust.com/repository/> has them.
    const FINGERPRINTS: [&str; 5] = [
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ];

    #[test]
    fn the_roots_are_those_of_amazon() {
        check_bundle(AMAZON_ROOTS.as_bytes()).unwrap();
        let fingerprints = CertificateDer::pem_slice_iter(AMAZON_ROOTS.as_bytes()).map(|certificate| {
            let digest = Sha256::digest(certificate.unwrap());
            digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        });
        assert_eq!(fingerprints.collect::<Vec<_>>(), FINGERPRINTS);
    }

    #[test]
    fn a_bundle_without_usable_certificates_is_rejected() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (pem, problem) in [
            ("", "holds no certificate"),
            ("no PEM at all", "holds no certificate"),
            (broken, "cannot be read"),
            (&broken.replace("AAAA", "!"), "is not PEM"),
            (&(AMAZON_ROOTS.to_owned() + broken), "cannot be read"),
        ] {
            let error = check_bundle(pem.as_bytes()).unwrap_err();
            assert!(error.contains(problem), "{pem}: {error}");
        }
    }

    /// A fake SNS whose certificate a private authority signed: its address, the authority's certificate, and the number
    /// of connections it accepted.
    fn fake_sns() -> (String, String, Arc<AtomicUsize>) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let (config, connections) = (Arc::new(config), Arc::new(AtomicUsize::new(0)));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        let counted = Arc::clone(&connections);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut reader = BufReader::new(Stream::new(&mut connection, &mut stream));
                let (mut line, mut length) = (String::new(), 0);
                while reader.read_line(&mut line).is_ok_and(|size| size > 2) {
                    length = line.strip_prefix("content-length: ").map_or(length, |size| size.trim().parse().unwrap());
                    line.clear();
                }
                let mut body = vec![0; length];
                if length > 0 && reader.read_exact(&mut body).is_ok() {
                    let answer = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
                        <PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
                        answer.len()
                    );
                    reader.get_mut().write_all(answer.as_bytes()).unwrap();
                }
            }
        });
        (address, issuer.pem(), connections)
    }

    /// Publishes with a client.
    fn publish(http_client: &SharedHttpClient, address: &str) -> Result<(), String> {
        let config = aws_sdk_sns::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(http_client.clone())
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .region(Region::from_static("eu-west-1"))
            .endpoint_url(address);
        let sns = aws_sdk_sns::Client::from_conf(config.build());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let call = sns.publish().topic_arn("arn:aws:sns:eu-west-1:111122223333:findings").message("m");
        runtime.block_on(call.send()).map(|_| ()).map_err(|error| crate::aws_error::describe(&error))
    }

    #[test]
    fn the_fallback_checks_a_certificate_that_amazon_did_not_sign() {
        let proxies = Proxies::from_variables(&|_| None).unwrap();
        for trusting in [&trusting as Trusting<'_>, &|roots| trusting_by_proxy(roots, &proxies)] {
            let (address, authority, connections) = fake_sns();
            let amazon = trusting(TrustStore::empty().with_pem_certificate(AMAZON_ROOTS)).unwrap();
            let own = trusting(TrustStore::empty().with_pem_certificate(authority)).unwrap();
            let client = with_fallback(amazon.clone(), own);
            assert_eq!(publish(&client, &address), Ok(()));
            assert_eq!(connections.load(Ordering::SeqCst), 2, "one rejected, one accepted");
            assert_eq!(publish(&client, &address), Ok(()));
            assert_eq!(connections.load(Ordering::SeqCst), 3, "the first client is not tried again");

            let error = publish(&with_fallback(amazon.clone(), amazon), &address).unwrap_err();
            assert!(error.contains("UnknownIssuer"), "{error}");
        }
    }
}
