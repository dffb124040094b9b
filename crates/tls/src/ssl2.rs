//! SSL 2.0: a hello and an answer of another shape than all that came later (Hickman 1995).

/// Cipher kinds of SSL 2.0: number and name.
const CIPHERS: [(u32, &str); 7] = [
    (0x01_0080, "SSL_CK_RC4_128_WITH_MD5"),
    (0x02_0080, "SSL_CK_RC4_128_EXPORT40_WITH_MD5"),
    (0x03_0080, "SSL_CK_RC2_128_CBC_WITH_MD5"),
    (0x04_0080, "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5"),
    (0x05_0080, "SSL_CK_IDEA_128_CBC_WITH_MD5"),
    (0x06_0040, "SSL_CK_DES_64_CBC_WITH_MD5"),
    (0x07_00c0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"),
];

/// The client's hello with all ciphers, ready to be sent.
pub fn client_hello(challenge: [u8; 16]) -> Vec<u8> {
    let specs = (CIPHERS.len() * 3) as u16;
    let mut body = vec![1, 0, 2];
    body.extend(specs.to_be_bytes());
    body.extend([0, 0, 0, 16]);
    for (number, _) in CIPHERS {
        body.extend(&number.to_be_bytes()[1..]);
    }
    body.extend(challenge);
    // The highest bit says that the header has two bytes.
    let mut record = (0x8000 | body.len() as u16).to_be_bytes().to_vec();
    record.extend(body);
    record
}

/// What a server of SSL 2.0 answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerHello {
    /// The ciphers it takes. A server without any answers and refuses: it speaks SSL 2.0 to nobody.
    pub ciphers: Vec<&'static str>,
    /// Its certificate in DER; empty where it shows none. SSL 2.0 knows no chains.
    pub certificate: Vec<u8>,
}

/// The server's answer; none while it is not whole, an error when it is not SSL 2.0.
pub fn read_server_hello(bytes: &[u8]) -> Option<Result<ServerHello, NotSsl2>> {
    let ([high, low], body) = bytes.split_first_chunk::<2>()?;
    if high & 0x80 == 0 {
        return Some(Err(NotSsl2));
    }
    let length = usize::from(u16::from_be_bytes([high & 0x7f, *low]));
    // Type 4, session id hit, certificate type, version 0x0002, three lengths.
    let (header, rest) = body.split_first_chunk::<11>()?;
    let [4, _, _, 0, 2, certificate_high, certificate_low, specs_high, specs_low, _, _] = *header else {
        return Some(Err(NotSsl2));
    };
    let certificate = usize::from(u16::from_be_bytes([certificate_high, certificate_low]));
    let specs = usize::from(u16::from_be_bytes([specs_high, specs_low]));
    if 11 + certificate + specs > length {
        return Some(Err(NotSsl2));
    }
    let specs = rest.get(certificate..certificate + specs)?;
    let certificate = rest.get(..certificate)?.to_vec();
    let ciphers = specs.chunks_exact(3).filter_map(|spec| {
        let number = u32::from_be_bytes([0, spec[0], spec[1], spec[2]]);
        CIPHERS.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
    });
    Some(Ok(ServerHello { ciphers: ciphers.collect(), certificate }))
}

/// The answer is not that of an SSL 2.0 server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotSsl2;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn server_hello() -> Vec<u8> {
        let mut body = vec![4, 0, 1, 0, 2, 0, 3, 0, 6, 0, 16];
        body.extend(b"crt");
        body.extend([1, 0, 0x80, 7, 0, 0xc0]);
        body.extend([5; 16]);
        let mut record = vec![0x80, body.len() as u8];
        record.extend(body);
        record
    }

    #[test]
    fn the_ciphers_and_the_certificate_of_an_old_server_are_read() {
        let bytes = server_hello();
        let ciphers = vec!["SSL_CK_RC4_128_WITH_MD5", "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"];
        assert_eq!(read_server_hello(&bytes), Some(Ok(ServerHello { ciphers, certificate: b"crt".to_vec() })));
        assert_eq!(read_server_hello(&bytes[..9]), None);
        assert_eq!(read_server_hello(&[21, 3, 1, 0, 2, 2, 40]), Some(Err(NotSsl2)));
    }

    #[test]
    fn the_hello_is_as_long_as_it_says() {
        let hello = client_hello([1; 16]);
        assert_eq!(usize::from(u16::from_be_bytes([hello[0] & 0x7f, hello[1]])), hello.len() - 2);
    }

    proptest! {
        #[test]
        fn prop_any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = read_server_hello(&bytes);
            let mut long = vec![0x80, 60, 4, 0, 1, 0, 2];
            long.extend(bytes);
            let _ = read_server_hello(&long);
        }
    }
}
