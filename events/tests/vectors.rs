//! Our seal against published vectors. Those of Argon2id are beside its use, in `src/seal/unlock.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use aes_gcm::{Aes256Gcm, KeyInit as _};
use events::seal::aead::{open, seal};

struct Case {
    key: &'static str,
    nonce: &'static str,
    associated: &'static str,
    plain: &'static str,
    sealed: &'static str,
}

/// Cases 13, 14 and 16 of McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, as submitted to NIST.
const CASES: [Case; 3] = [
    Case {
        key: "0000000000000000000000000000000000000000000000000000000000000000",
        nonce: "000000000000000000000000",
        associated: "",
        plain: "",
        sealed: "530f8afbc74536b9a963b4f1c4cb738b",
    },
    Case {
        key: "0000000000000000000000000000000000000000000000000000000000000000",
        nonce: "000000000000000000000000",
        associated: "",
        plain: "00000000000000000000000000000000",
        sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    },
    Case {
        key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        nonce: "cafebabefacedbaddecaf888",
        associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        plain: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        sealed: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662\
                 76fc6ece0f4e1768cddf8853bb2d551b",
    },
];

#[test]
fn aes_256_gcm_gives_the_vectors_of_its_authors() {
    for case in CASES {
        let bytes = |text: &str| hex::decode(text).unwrap();
        let cipher = Aes256Gcm::new_from_slice(&bytes(case.key)).unwrap();
        let nonce = bytes(case.nonce).try_into().unwrap();
        let sealed = seal(&cipher, &nonce, &bytes(case.associated), &bytes(case.plain)).unwrap();
        assert_eq!(hex::encode(&sealed), case.sealed);
        assert_eq!(open(&cipher, &nonce, &bytes(case.associated), &sealed).unwrap(), bytes(case.plain));
    }
}
