//! The little of HTTP/1.1 that a test server needs: one thread a connection, kept alive.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A request, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What is answered.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// Serves on a free port of this machine until the test process ends; gives `127.0.0.1:PORT`.
pub(crate) fn serve(answer: impl Fn(Request) -> Response + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // a client that goes away ends its connection, not the test
            std::thread::spawn(move || converse(&stream, &*answer));
        }
    });
    address
}

fn converse(stream: &TcpStream, answer: &dyn Fn(Request) -> Response) -> Result<()> {
    stream.set_nodelay(true)?; // else an acknowledgement is waited for, 40 ms each
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        let Response { status, headers, body } = answer(request);
        let mut bytes = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            bytes += &format!("{name}: {value}\r\n");
        }
        let mut bytes = (bytes + "\r\n").into_bytes();
        bytes.extend(body);
        let mut writer = stream;
        writer.write_all(&bytes)?; // one write, for the same reason
    }
    Ok(())
}

/// The next request of a connection; none at its end.
fn read(reader: &mut impl BufRead) -> Result<Option<Request>> {
    let first = line(reader)?;
    let mut words = first.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(None) };
    let mut request = Request { method: method.into(), path: path.into(), headers: Vec::new(), body: Vec::new() };
    loop {
        let header = line(reader)?;
        match header.split_once(':') {
            Some((name, value)) => request.headers.push((name.to_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    if request.header("transfer-encoding") == Some("chunked") {
        loop {
            let size = line(reader)?;
            let size = usize::from_str_radix(&size, 16).map_err(|_| Error::from(ErrorKind::InvalidData))?;
            request.body.extend(exactly(reader, size)?);
            line(reader)?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(size) = request.header("content-length").and_then(|size| size.parse().ok()) {
        request.body = exactly(reader, size)?;
    }
    Ok(Some(request))
}

fn line(reader: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn exactly(reader: &mut impl Read, size: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; size];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Posts a body and gives what is answered.
pub(crate) fn post(host: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(host).unwrap();
    let mut request =
        format!("POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    stream.write_all(&[(request + "\r\n").as_bytes(), body].concat()).unwrap();
    // An answer reads like a request: a first line, headers, a body.
    read(&mut BufReader::new(stream)).unwrap().unwrap().body
}
