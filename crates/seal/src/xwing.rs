//! X-Wing: ML-KEM-768 and X25519 in one key (draft-connolly-cfrg-xwing-kem), as HPKE's KEM 0x647a.
//!
//! A message sealed for such a key stays closed as long as one of the two holds. A private key is a
//! seed of 32 bytes; the public key is 1184 bytes of ML-KEM and 32 of X25519.

use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::agreement::UnparsedPublicKey;
use aws_lc_rs::agreement::X25519;
use aws_lc_rs::agreement::agree;
use aws_lc_rs::digest;
use aws_lc_rs::kem::EncapsulationKey;
use aws_lc_rs::kem::ML_KEM_768;
use ml_kem::Decapsulate;
use ml_kem::FromSeed;
use ml_kem::KeyExport;
use ml_kem::MlKem768;
use shake::ExtendableOutput;
use shake::Shake256;
use shake::Update;
use shake::XofReader;
use zeroize::Zeroizing;

use crate::SealError;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;

/// The length of a public key.
pub const PUBLIC_BYTES: usize = LATTICE_PUBLIC + CURVE;
/// The length of what the sender sends.
pub const ENCAPSULATED_BYTES: usize = LATTICE_CIPHERTEXT + CURVE;

const LATTICE_PUBLIC: usize = 1184;
const LATTICE_CIPHERTEXT: usize = 1088;
const CURVE: usize = 32;
const LABEL: &[u8] = b"\\.//^\\";

/// What a seed stands for.
struct Expanded {
    lattice: ml_kem::DecapsulationKey<MlKem768>,
    lattice_public: Vec<u8>,
    curve: PrivateKey,
    curve_public: Vec<u8>,
}

fn expand(seed: &SecretKey) -> Result<Expanded, SealError> {
    let mut bytes = Zeroizing::new([0; 96]);
    let mut shake = Shake256::default();
    shake.update(seed.bytes());
    shake.finalize_xof().read(bytes.as_mut_slice());
    let lattice_seed = ml_kem::Seed::try_from(&bytes[..64]).expect("the seed of ML-KEM has 64 bytes");
    let (lattice, lattice_public) = MlKem768::from_seed(&lattice_seed);
    let curve = PrivateKey::from_private_key(&X25519, &bytes[64..]).map_err(|_| FAULT)?;
    let curve_public = curve.compute_public_key().map_err(|_| FAULT)?.as_ref().to_vec();
    Ok(Expanded { lattice, lattice_public: lattice_public.to_bytes().to_vec(), curve, curve_public })
}

const FAULT: SealError = SealError::Internal("an X25519 key cannot be made");

/// The public key of a private one.
///
/// # Errors
/// When the crypto library refuses.
pub fn public_key(seed: &SecretKey) -> Result<Vec<u8>, SealError> {
    let expanded = expand(seed)?;
    Ok([expanded.lattice_public, expanded.curve_public].concat())
}

/// A fresh shared secret for the owner of `public`: what to send, and the secret.
///
/// # Errors
/// When `public` is no such key.
pub fn encapsulate(public: &[u8]) -> Result<(Vec<u8>, SecretBytes), SealError> {
    let wrong = || SealError::BadKey("not an X-Wing public key".to_owned());
    if public.len() != PUBLIC_BYTES {
        return Err(wrong());
    }
    let (lattice, curve) = public.split_at(LATTICE_PUBLIC);
    let key = EncapsulationKey::new(&ML_KEM_768, lattice).map_err(|_| wrong())?;
    let (ciphertext, lattice_secret) = key.encapsulate().map_err(|_| wrong())?;
    let ephemeral = PrivateKey::generate(&X25519).map_err(|_| FAULT)?;
    let ephemeral_public = ephemeral.compute_public_key().map_err(|_| FAULT)?;
    let curve_secret = exchange(&ephemeral, curve).ok_or_else(wrong)?;
    let secret = combine(lattice_secret.as_ref(), &curve_secret, ephemeral_public.as_ref(), curve);
    Ok(([ciphertext.as_ref(), ephemeral_public.as_ref()].concat(), secret))
}

/// The shared secret in what was sent; none when it cannot be for this key.
///
/// # Errors
/// When the crypto library refuses the private key.
pub fn decapsulate(seed: &SecretKey, sent: &[u8]) -> Result<Option<SecretBytes>, SealError> {
    if sent.len() != ENCAPSULATED_BYTES {
        return Ok(None);
    }
    let key = expand(seed)?;
    let (lattice, curve) = sent.split_at(LATTICE_CIPHERTEXT);
    let Ok(lattice_secret) = key.lattice.decapsulate_slice(lattice) else { return Ok(None) };
    let lattice_secret = Zeroizing::new(lattice_secret.to_vec());
    // The identity point gives an all-zero secret, which the library refuses.
    let Some(curve_secret) = exchange(&key.curve, curve) else { return Ok(None) };
    Ok(Some(combine(&lattice_secret, &curve_secret, curve, &key.curve_public)))
}

/// X25519; none for points that give no secret.
pub(crate) fn exchange(private: &PrivateKey, public: &[u8]) -> Option<SecretBytes> {
    let public = UnparsedPublicKey::new(&X25519, public);
    agree(private, public, (), |secret| Ok(Zeroizing::new(secret.to_vec()))).ok()
}

fn combine(lattice: &[u8], curve: &[u8], sent: &[u8], public: &[u8]) -> SecretBytes {
    let mut context = digest::Context::new(&digest::SHA3_256);
    for part in [lattice, curve, sent, public, LABEL] {
        context.update(part);
    }
    Zeroizing::new(context.finish().as_ref().to_vec())
}
