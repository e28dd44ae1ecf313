//! Requests and answers are frames: four bytes of length, big endian, then that many bytes.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::limits::REQUEST_MAX_BYTES;

/// Reads the length of the next frame; `None` when the client has closed between two frames.
///
/// # Errors
/// A length that no request has: the client speaks another protocol (TLS, HTTP).
pub(super) async fn read_length(
    reader: &mut (impl AsyncRead + Unpin),
) -> io::Result<Option<usize>> {
    let mut length = [0; 4];
    let mut filled = 0;
    while filled < length.len() {
        match reader.read(&mut length[filled..]).await? {
            0 if filled == 0 => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => filled += count,
        }
    }
    let length = i32::from_be_bytes(length);
    match usize::try_from(length) {
        Ok(length) if length <= REQUEST_MAX_BYTES => Ok(Some(length)),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "a request of {length} bytes, over the limit of {REQUEST_MAX_BYTES}: either its \
                 batches are too large, or this client does not speak the Kafka protocol in \
                 plain text"
            ),
        )),
    }
}

/// Reads the frame's bytes.
pub(super) async fn read_body(
    reader: &mut (impl AsyncRead + Unpin),
    length: usize,
) -> io::Result<Bytes> {
    let mut body = BytesMut::with_capacity(length);
    let mut rest = reader.take(length as u64);
    while body.len() < length {
        if rest.read_buf(&mut body).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(body.freeze())
}

/// Writes one answer with its length.
pub(super) async fn write(writer: &mut (impl AsyncWrite + Unpin), body: &Bytes) -> io::Result<()> {
    let length = i32::try_from(body.len()).map_err(io::Error::other)?;
    let mut head = &length.to_be_bytes()[..];
    let mut body = &body[..];
    while !head.is_empty() || !body.is_empty() {
        let parts = [io::IoSlice::new(head), io::IoSlice::new(body)];
        let mut written = writer.write_vectored(&parts).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        let of_head = written.min(head.len());
        head = &head[of_head..];
        written -= of_head;
        body = &body[written..];
    }
    writer.flush().await
}
