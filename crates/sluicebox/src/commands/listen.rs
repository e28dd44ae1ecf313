//! Binds addresses: a port that was asked for must be free, a default one may move.

use std::io::ErrorKind;
use std::net::{TcpListener, ToSocketAddrs};

use miette::{Report, miette};

/// Binds `address` (`HOST:PORT`). When `may_move` and the port is taken, binds a free port of the
/// same host instead; the listener's own address tells which. `flag` is where the address comes from.
///
/// # Errors
/// The address cannot be resolved or bound; the message says what to do.
pub(crate) fn bind(
    address: &str,
    what: &str,
    flag: &str,
    may_move: bool,
) -> Result<TcpListener, Report> {
    let addresses: Vec<_> = address
        .to_socket_addrs()
        .map_err(|error| {
            miette!(
                help = "write it as HOST:PORT, such as 127.0.0.1:9092",
                "{what}: `{address}` is not an address: {error}"
            )
        })?
        .collect();
    match TcpListener::bind(addresses.as_slice()) {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse && may_move => {
            let Some(mut free) = addresses.first().copied() else {
                return Err(miette!("{what}: `{address}` resolves to nothing"));
            };
            free.set_port(0);
            TcpListener::bind(free)
                .map_err(|error| miette!("{what}: cannot listen on {free}: {error}"))
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(miette!(
            help = format!(
                "another program listens there; end it, or choose another port with {flag} (port 0 takes a free one)"
            ),
            "{what}: cannot listen on {address}: the port is in use"
        )),
        Err(error) => Err(miette!(
            help = format!(
                "{flag} takes an address of this machine, such as 127.0.0.1:9092; ports below 1024 need privileges"
            ),
            "{what}: cannot listen on {address}: {error}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_moves_only_where_it_may() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let moved = bind(&address, "broker", "--listen", true).unwrap();
        assert_ne!(
            moved.local_addr().unwrap().port(),
            taken.local_addr().unwrap().port()
        );
        let refused = bind(&address, "broker", "--listen", false).unwrap_err();
        assert!(refused.to_string().contains("in use"), "{refused}");
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        assert!(bind("nonsense", "broker", "--listen", true).is_err());
    }
}
