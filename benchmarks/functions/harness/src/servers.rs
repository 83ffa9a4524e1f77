//! A Runtime API, and a TLS endpoint that acts as SNS and denies all other calls.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

/// The platform's root certificates, on Debian and on Amazon Linux.
const PLATFORM: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// A step of a function, and its time.
#[derive(Debug)]
pub(crate) enum Mark {
    /// It requested its first event.
    Poll(Instant),
    /// Its alert arrived.
    Alert(Instant),
    /// It responded to the event.
    Answer(Instant),
    /// It reported an error.
    Failure(String),
}

impl Mark {
    pub(crate) fn time(&self) -> Instant {
        match self {
            Mark::Poll(time) | Mark::Alert(time) | Mark::Answer(time) => *time,
            Mark::Failure(_) => Instant::now(),
        }
    }
}

/// A Runtime API for one process and one event.
pub(crate) struct RuntimeApi(TcpListener);

impl RuntimeApi {
    pub(crate) fn listen() -> RuntimeApi {
        RuntimeApi(listen())
    }

    pub(crate) fn address(&self) -> String {
        address(&self.0).to_string()
    }

    /// Returns the event at the first poll, after calling `before`; later polls get no response.
    pub(crate) fn serve(&mut self, event: Vec<u8>, marks: Sender<Mark>, before: impl Fn() + Send + Sync + 'static) {
        let listener = self.0.try_clone().expect("a socket");
        let shared = Arc::new((event, before));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, marks) = (Arc::clone(&shared), marks.clone());
                // ends when the process is killed
                thread::spawn(move || converse(&stream, &shared.0, &marks, &shared.1));
            }
        });
    }
}

fn converse(stream: &TcpStream, event: &[u8], marks: &Sender<Mark>, before: &dyn Fn()) -> io::Result<()> {
    stream.set_nodelay(true)?; // otherwise, writes wait for acknowledgements, 40 ms each
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    let mut polled = false;
    while let Some((first, body)) = request(&mut reader)? {
        if first.starts_with("GET") {
            if polled {
                thread::sleep(Duration::from_secs(3600));
            }
            polled = true;
            let _ = marks.send(Mark::Poll(Instant::now())); // fails if the run is over
            before();
            writer.write_all(&next(event))?;
            continue;
        }
        let mark = match first.contains("/response") {
            true => Mark::Answer(Instant::now()),
            false => Mark::Failure(format!("{first}: {}", String::from_utf8_lossy(&body))),
        };
        let _ = marks.send(mark);
        writer.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")?;
    }
    Ok(())
}

fn next(event: &[u8]) -> Vec<u8> {
    let deadline = SystemTime::now() + Duration::from_secs(20);
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
         lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
         lambda-runtime-deadline-ms: {deadline}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:111122223333:function:measured\r\n\
         lambda-runtime-trace-id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0\r\n\
         content-length: {}\r\n\r\n",
        event.len()
    );
    [head.as_bytes(), event].concat() // one write, because a second one waits for an acknowledgement
}

/// A certificate authority of this process, and the certificate that it signed for the loopback.
pub(crate) struct Authority {
    config: Arc<ServerConfig>,
    folder: PathBuf,
}

impl Authority {
    /// Writes two bundles into a folder: Amazon's roots and its own, and the platform's roots and its own.
    pub(crate) fn new(folder: &Path) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a root");
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("an address");
        let certificate = params.signed_by(&key, &issuer).expect("a certificate");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("protocol versions").with_no_client_auth();
        let mut config = config.with_single_cert(vec![certificate.der().clone()], key).expect("its own certificate");
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let folder = folder.to_owned();
        let authority = Authority { config: Arc::new(config), folder };
        let platform = PLATFORM.iter().find_map(|path| fs::read_to_string(path).ok());
        let platform = platform.unwrap_or_else(|| panic!("no platform roots: none of {PLATFORM:?} exists"));
        let amazon = include_str!("../../../../shared/runtime/src/amazon_roots.pem");
        for (path, others) in [(authority.platform_and_own(), platform.as_str()), (authority.amazon_and_own(), amazon)]
        {
            fs::write(&path, issuer.pem() + others).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        authority
    }

    pub(crate) fn platform_and_own(&self) -> PathBuf {
        self.folder.join("platform-and-own.pem")
    }

    pub(crate) fn amazon_and_own(&self) -> PathBuf {
        self.folder.join("amazon-and-own.pem")
    }

    /// Starts an endpoint that accepts every publish and denies every other call.
    pub(crate) fn serve(&self, marks: Sender<Mark>) -> SocketAddr {
        let (listener, config) = (listen(), Arc::clone(&self.config));
        let address = address(&listener);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, marks) = (Arc::clone(&config), marks.clone());
                thread::spawn(move || answer(stream, config, &marks));
            }
        });
        address
    }
}

const PUBLISHED: &str = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
    <MessageId>m</MessageId></PublishResult></PublishResponse>";
const DENIED: &str = r#"{"__type":"AccessDeniedException","message":"the benchmark denies it"}"#;

fn answer(mut stream: TcpStream, config: Arc<ServerConfig>, marks: &Sender<Mark>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut reader = BufReader::new(Stream::new(&mut connection, &mut stream));
    while let Some((_, body)) = request(&mut reader)? {
        let publish = body.starts_with(b"Action=Publish&");
        if publish {
            let _ = marks.send(Mark::Alert(Instant::now())); // fails if the run is over
        }
        let (status, kind, body) = if publish {
            ("200 OK", "text/xml", PUBLISHED)
        } else {
            ("400 Bad Request", "application/x-amz-json-1.1\r\nx-amzn-errortype: AccessDeniedException", DENIED)
        };
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
        reader.get_mut().write_all((head + body).as_bytes())?;
        reader.get_mut().flush()?;
    }
    Ok(())
}

fn listen() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")
}

fn address(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().expect("an address")
}

/// The first line and the body of the next request; `None` at the end of the connection.
fn request(reader: &mut impl BufRead) -> io::Result<Option<(String, Vec<u8>)>> {
    let first = line(reader)?;
    let (mut length, mut chunked) = (0, false);
    loop {
        let header = line(reader)?.to_ascii_lowercase();
        let Some((name, value)) = header.split_once(':') else { break };
        match name {
            "content-length" => length = value.trim().parse().map_err(io::Error::other)?,
            "transfer-encoding" => chunked = value.trim() == "chunked",
            _ => {}
        }
    }
    let mut body = Vec::new();
    while chunked {
        let size = u64::from_str_radix(line(reader)?.trim(), 16).map_err(io::Error::other)?;
        reader.take(size).read_to_end(&mut body)?;
        line(reader)?;
        chunked = size > 0;
    }
    reader.take(length).read_to_end(&mut body)?;
    Ok((!first.is_empty()).then_some((first, body)))
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
