//! The server's side of SRP-6a as Cognito speaks it: the 3072-bit group of RFC 5054,
//! SHA-256, numbers as minimal two's complement, and a key derived with the label
//! `Caldera Derived Key`. Pure: no user, no pool, no clock.

use std::sync::LazyLock;

use hmac::{Hmac, KeyInit, Mac};
use num_bigint::BigUint;
use sha2::{Digest, Sha256};

/// The group's prime (RFC 5054, 3072 bits).
static PRIME: LazyLock<BigUint> = LazyLock::new(|| {
    BigUint::parse_bytes(
        concat!(
            "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74",
            "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437",
            "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED",
            "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05",
            "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB",
            "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B",
            "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718",
            "3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33",
            "A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7",
            "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864",
            "D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2",
            "08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
        )
        .as_bytes(),
        16,
    )
    .unwrap_or_default()
});

/// The group's generator.
static GENERATOR: LazyLock<BigUint> = LazyLock::new(|| BigUint::from(2u8));

/// SRP-6a's multiplier, the hash of prime and generator.
static MULTIPLIER: LazyLock<BigUint> =
    LazyLock::new(|| hash(&[&padded(&PRIME), &GENERATOR.to_bytes_be()]));

/// What the server keeps of a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Verifier {
    /// The salt, public.
    pub(super) salt: BigUint,
    value: BigUint,
}

impl Verifier {
    /// Derives the verifier of a password. `user_id` is `USER_ID_FOR_SRP`, `pool` the
    /// pool's name for SRP: its id after the underscore.
    pub(super) fn new(pool: &str, user_id: &str, password: &str, salt: [u8; 16]) -> Self {
        let mut salt = salt;
        // Clients disagree about a salt with leading zeros or a high first bit.
        if let Some(first) = salt.first_mut() {
            *first = *first & 0x7f | 0x40;
        }
        let salt = BigUint::from_bytes_be(&salt);
        let identity = Sha256::digest(format!("{pool}{user_id}:{password}"));
        let x = hash(&[&padded(&salt), &identity]);
        Self {
            salt,
            value: GENERATOR.modpow(&x, &PRIME),
        }
    }
}

/// One exchange, between the challenge and its answer.
#[derive(Clone)]
pub(super) struct Exchange {
    client: BigUint,
    secret: BigUint,
    verifier: Verifier,
    /// The server's public number, `SRP_B`.
    pub(super) public: BigUint,
}

impl Exchange {
    /// Answers the client's `SRP_A` (hexadecimal) with a public number of its own,
    /// from 32 random bytes. `None` where `SRP_A` is no number the protocol allows.
    pub(super) fn new(client: &str, verifier: Verifier, random: [u8; 32]) -> Option<Self> {
        let client = BigUint::parse_bytes(client.as_bytes(), 16)?;
        if &client % &*PRIME == BigUint::ZERO {
            return None;
        }
        let secret = BigUint::from_bytes_be(&random);
        let public = (&*MULTIPLIER * &verifier.value + GENERATOR.modpow(&secret, &PRIME)) % &*PRIME;
        Some(Self {
            client,
            secret,
            verifier,
            public,
        })
    }

    /// The salt, hexadecimal.
    pub(super) fn salt(&self) -> String {
        self.verifier.salt.to_str_radix(16)
    }

    /// Whether `signature` proves the password: the HMAC of `message` under the
    /// exchange's key. Compared in constant time.
    pub(super) fn proves(&self, message: &[&[u8]], signature: &[u8]) -> bool {
        let Some(key) = self.key() else {
            return false;
        };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else {
            return false;
        };
        for part in message {
            mac.update(part);
        }
        mac.verify_slice(signature).is_ok()
    }

    fn key(&self) -> Option<Vec<u8>> {
        let scramble = hash(&[&padded(&self.client), &padded(&self.public)]);
        if scramble == BigUint::ZERO {
            return None;
        }
        let shared = (&self.client * self.verifier.value.modpow(&scramble, &PRIME))
            .modpow(&self.secret, &PRIME);
        let mut extract = Hmac::<Sha256>::new_from_slice(&padded(&scramble)).ok()?;
        extract.update(&padded(&shared));
        let mut expand = Hmac::<Sha256>::new_from_slice(&extract.finalize().into_bytes()).ok()?;
        expand.update(b"Caldera Derived Key\x01");
        let mut key = expand.finalize().into_bytes().to_vec();
        key.truncate(16);
        Some(key)
    }
}

fn hash(parts: &[&[u8]]) -> BigUint {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    BigUint::from_bytes_be(&digest.finalize())
}

/// A number as minimal two's complement, most significant byte first: a zero byte
/// stands before a high first bit.
fn padded(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes.first().is_some_and(|first| *first >= 0x80) {
        bytes.insert(0, 0);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The client's side, written from the protocol's definition.
    fn sign(exchange: &Exchange, a: &BigUint, password: &str, message: &[u8]) -> Vec<u8> {
        let identity = Sha256::digest(format!("pooluser:{password}"));
        let x = hash(&[&padded(&exchange.verifier.salt), &identity]);
        let u = hash(&[
            &padded(&GENERATOR.modpow(a, &PRIME)),
            &padded(&exchange.public),
        ]);
        let taken = &*MULTIPLIER * GENERATOR.modpow(&x, &PRIME) % &*PRIME;
        let base = (&exchange.public + &*PRIME - taken) % &*PRIME;
        let shared = base.modpow(&(a + u.clone() * x), &PRIME);
        let mut mac = Hmac::<Sha256>::new_from_slice(&padded(&u)).unwrap();
        mac.update(&padded(&shared));
        let mut mac = Hmac::<Sha256>::new_from_slice(&mac.finalize().into_bytes()).unwrap();
        mac.update(b"Caldera Derived Key\x01");
        let mut mac = Hmac::<Sha256>::new_from_slice(&mac.finalize().into_bytes()[..16]).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().to_vec()
    }

    #[test]
    fn only_the_right_password_proves() {
        assert_eq!(PRIME.bits(), 3072);
        for round in 0..8u8 {
            let a = BigUint::from_bytes_be(&[round.wrapping_mul(31) | 1; 128]);
            let public = GENERATOR.modpow(&a, &PRIME).to_str_radix(16);
            let verifier = Verifier::new("pool", "user", "right", [round; 16]);
            let exchange = Exchange::new(&public, verifier, [round ^ 0xa5; 32]).unwrap();
            let good = sign(&exchange, &a, "right", b"hello");
            let bad = sign(&exchange, &a, "wrong", b"hello");
            assert!(exchange.proves(&[b"he", b"llo"], &good));
            assert!(!exchange.proves(&[b"hello"], &bad));
            assert!(!exchange.proves(&[b"other"], &good));
        }
    }

    #[test]
    fn a_client_number_that_skips_the_password_is_refused() {
        let verifier = Verifier::new("pool", "user", "right", [1; 16]);
        for number in [BigUint::ZERO, PRIME.clone(), &*PRIME * BigUint::from(2u8)] {
            assert!(Exchange::new(&number.to_str_radix(16), verifier.clone(), [7; 32]).is_none());
        }
        assert!(Exchange::new("not hex", verifier, [7; 32]).is_none());
    }
}
