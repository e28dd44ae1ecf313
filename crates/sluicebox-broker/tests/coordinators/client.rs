//! The client half of the protocol, one request at a time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, Request, StrBytes};
use sluicebox_broker::Broker;

pub(crate) struct Client {
    socket: TcpStream,
    correlation_id: i32,
}

impl Client {
    pub(crate) fn connect(broker: &Broker) -> Self {
        let socket = TcpStream::connect(broker.address()).expect("the client speaks the protocol");
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("the client speaks the protocol");
        Self {
            socket,
            correlation_id: 0,
        }
    }

    /// The correlation id of the next request.
    #[allow(dead_code, reason = "shared by two suites")]
    pub(crate) fn next_id(&self) -> i32 {
        self.correlation_id + 1
    }

    /// The answer that comes next is that of an earlier request.
    #[allow(dead_code, reason = "shared by two suites")]
    pub(crate) fn expect(&mut self, correlation_id: i32) {
        self.correlation_id = correlation_id;
    }

    /// Sends a request in this version and waits for its answer.
    pub(crate) fn call<R: Request>(&mut self, request: &R, version: i16) -> R::Response {
        self.send(request, version);
        self.receive::<R>(version)
    }

    pub(crate) fn send<R: Request>(&mut self, request: &R, version: i16) {
        self.correlation_id += 1;
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation_id)
            .with_client_id(Some(StrBytes::from_static_str("test")));
        let mut frame = BytesMut::new();
        let key = ApiKey::try_from(R::KEY).expect("the client speaks the protocol");
        header
            .encode(&mut frame, key.request_header_version(version))
            .expect("the client speaks the protocol");
        request
            .encode(&mut frame, version)
            .expect("the client speaks the protocol");
        let length = u32::try_from(frame.len())
            .expect("the client speaks the protocol")
            .to_be_bytes();
        self.socket
            .write_all(&length)
            .expect("the client speaks the protocol");
        self.socket
            .write_all(&frame)
            .expect("the client speaks the protocol");
    }

    pub(crate) fn receive<R: Request>(&mut self, version: i16) -> R::Response {
        let mut length = [0; 4];
        self.socket
            .read_exact(&mut length)
            .expect("the client speaks the protocol");
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.socket
            .read_exact(&mut frame)
            .expect("the client speaks the protocol");
        let mut frame = Bytes::from(frame);
        let key = ApiKey::try_from(R::KEY).expect("the client speaks the protocol");
        let header = ResponseHeader::decode(&mut frame, key.response_header_version(version))
            .expect("the client speaks the protocol");
        assert_eq!(header.correlation_id, self.correlation_id);
        let response =
            R::Response::decode(&mut frame, version).expect("the client speaks the protocol");
        assert!(frame.is_empty(), "bytes after the answer: {frame:?}");
        response
    }
}
