//! A small HTTP client: what it sends is what the test says, byte for byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }
}

/// An open answer that is read line by line.
pub(crate) struct Open {
    reader: BufReader<TcpStream>,
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
}

/// Sends a request; `headers` replace those of their name.
pub(crate) fn open(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Open {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        head.push_str(&format!("host: {address}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            head.push_str("content-type: application/x-www-form-urlencoded\r\n");
        }
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    stream
        .write_all(format!("{head}\r\n{body}").as_bytes())
        .unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line
        .split(' ')
        .nth(1)
        .unwrap_or_else(|| panic!("no status: {line}"))
        .parse()
        .unwrap();
    let mut found = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        found.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    Open {
        reader,
        status,
        headers: found,
    }
}

impl Open {
    /// The rest of it.
    pub(crate) fn whole(mut self) -> Answer {
        let mut body = Vec::new();
        self.reader.read_to_end(&mut body).unwrap();
        let chunked = self
            .headers
            .iter()
            .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        Answer {
            status: self.status,
            headers: self.headers,
            body: if chunked { unchunked(&body) } else { body },
        }
    }

    /// The next server-sent event: its name and data.
    pub(crate) fn event(&mut self) -> Option<(String, String)> {
        let (mut name, mut data) = (String::new(), Vec::new());
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(found) = line.strip_prefix("event: ") {
                found.trim_end().clone_into(&mut name);
            } else if let Some(found) = line.strip_prefix("data: ") {
                data.push(found.trim_end_matches(['\r', '\n']).to_owned());
            } else if line.trim().is_empty() && !name.is_empty() && !data.is_empty() {
                return Some((name, data.join("\n")));
            }
        }
    }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        out.extend_from_slice(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[end + 2 + size + 2..];
    }
    out
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    open(address, "GET", path, &[], "").whole()
}

/// As a browser asks for a page.
pub(crate) fn page(address: SocketAddr, path: &str) -> Answer {
    open(address, "GET", path, &[("accept", "text/html")], "").whole()
}
