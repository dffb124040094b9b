//! Whether a certificate is for a host (RFC 9525): its alternative names count, its common name does not.

use std::net::IpAddr;

/// A name that a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostName {
    /// An IP address.
    Address(IpAddr),
    /// A DNS name, in lower case; the first label may be `*`.
    Dns(String),
}

impl HostName {
    /// As people write it.
    pub fn to_text(&self) -> String {
        match self {
            Self::Address(address) => address.to_string(),
            Self::Dns(name) => name.clone(),
        }
    }

    /// Whether a client that asked for `host` may accept it. `*` stands for exactly one label and never
    /// for the last two.
    pub fn covers(&self, host: &str) -> bool {
        match self {
            Self::Address(address) => host.trim_matches(['[', ']']).parse() == Ok(*address),
            Self::Dns(name) => {
                let host = host.trim_end_matches('.').to_ascii_lowercase();
                let name = name.trim_end_matches('.');
                match name.strip_prefix("*.") {
                    None => name == host,
                    Some(domain) => {
                        host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == domain)
                            && domain.contains('.')
                            && host.parse::<IpAddr>().is_err()
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label() {
        let cases = [
            ("shop.example", "shop.example", true),
            ("shop.example", "SHOP.example.", true),
            ("shop.example", "www.shop.example", false),
            ("*.shop.example", "www.shop.example", true),
            ("*.shop.example", "a.www.shop.example", false),
            ("*.shop.example", "shop.example", false),
            ("*.example", "shop.example", false),
            ("*.0.0.1", "127.0.0.1", false),
            ("127.0.0.1", "127.0.0.1", true),
        ];
        for (name, host, covers) in cases {
            assert_eq!(HostName::Dns(name.to_owned()).covers(host), covers, "{name} for {host}");
        }
        let address = HostName::Address("::1".parse().unwrap());
        assert!(address.covers("[::1]") && address.covers("0:0:0:0:0:0:0:1") && !address.covers("localhost"));
    }
}
