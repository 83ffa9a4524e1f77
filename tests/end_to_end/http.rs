//! The subset of HTTP/1.1 that a test server needs: one thread per connection, with keep-alive.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A request with its whole body.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of a header. `name` is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The response to a request.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) fault: Option<Fault>,
}

/// What a server does other than to send the whole response and to wait for the next request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// It sends these bytes in place of the response, and closes the connection.
    Raw(Vec<u8>),
    /// It closes the connection after so many bytes of the body.
    Cut(usize),
    /// It sends nothing after so many bytes of the body, and keeps the connection open.
    Stall(usize),
    /// It sends nothing at all, and keeps the connection open.
    Silence,
    /// It closes the connection after the response.
    Close,
}

impl Fault {
    /// The response with this fault.
    pub(crate) fn of(self, response: Response) -> Response {
        Response { fault: Some(self), ..response }
    }
}

/// Listens on a free local port until the test process exits. Returns the address, `127.0.0.1:PORT`.
pub(crate) fn serve(handler: impl Fn(Request) -> Response + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let handler = Arc::new(handler);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handler = Arc::clone(&handler);
            // An error ends only this connection: the client may have disconnected.
            std::thread::spawn(move || handle_connection(&stream, &*handler));
        }
    });
    address
}

fn handle_connection(stream: &TcpStream, handler: &dyn Fn(Request) -> Response) -> Result<()> {
    stream.set_nodelay(true)?; // otherwise each response waits 40 ms for an acknowledgement
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        let Response { status, headers, body, fault } = handler(request);
        let mut bytes = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            bytes += &format!("{name}: {value}\r\n");
        }
        let mut bytes = (bytes + "\r\n").into_bytes();
        match &fault {
            Some(Fault::Raw(raw)) => bytes.clone_from(raw),
            Some(Fault::Silence) => bytes.clear(),
            Some(Fault::Cut(size) | Fault::Stall(size)) => bytes.extend(body.iter().take(*size)),
            Some(Fault::Close) | None => bytes.extend(body),
        }
        let mut writer = stream;
        writer.write_all(&bytes)?; // a single write, for the same reason
        match fault {
            None => {}
            Some(Fault::Raw(_) | Fault::Cut(_) | Fault::Close) => return stream.shutdown(std::net::Shutdown::Both),
            // until the client closes the connection
            Some(Fault::Stall(_) | Fault::Silence) => return reader.read_to_end(&mut Vec::new()).map(|_| ()),
        }
    }
    Ok(())
}

/// The next request of a connection. `None` at the end of the connection.
fn read(reader: &mut impl BufRead) -> Result<Option<Request>> {
    let first = read_line(reader)?;
    let mut words = first.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(None) };
    let mut request = Request { method: method.into(), path: path.into(), headers: Vec::new(), body: Vec::new() };
    loop {
        let header = read_line(reader)?;
        match header.split_once(':') {
            Some((name, value)) => request.headers.push((name.to_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    if request.header("transfer-encoding") == Some("chunked") {
        loop {
            let size = read_line(reader)?;
            let size = usize::from_str_radix(&size, 16).map_err(|_| Error::from(ErrorKind::InvalidData))?;
            request.body.extend(read_exactly(reader, size)?);
            read_line(reader)?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(size) = request.header("content-length").and_then(|size| size.parse().ok()) {
        request.body = read_exactly(reader, size)?;
    }
    Ok(Some(request))
}

fn read_line(reader: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn read_exactly(reader: &mut impl Read, size: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; size];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Sends a POST request. Returns the body of the response.
pub(crate) fn post(host: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(host).unwrap();
    let mut request =
        format!("POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    stream.write_all(&[(request + "\r\n").as_bytes(), body].concat()).unwrap();
    // A response has the same structure as a request: a first line, headers, a body.
    read(&mut BufReader::new(stream)).unwrap().unwrap().body
}
