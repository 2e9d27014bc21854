//! The authorizer's function as the sample deploys it: a handler of our own that decides as the
//! sample's, beside the libraries that it takes along.

use std::{
    collections::BTreeMap,
    io::{Cursor, Write},
};

use bytes::Bytes;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::sandbox::world::{ACCOUNT, API_ID, CLIENT_ID, POOL_ID, REGION, Seed};

/// The function's name.
pub(crate) const NAME: &str = "RestApiGatewayStack-MyFunction3BAA72D1-s4mpl3";
/// The handler module's text.
pub(super) const HANDLER: &str = include_str!("sample/index.py");

/// The files of the package: names, then texts.
const FILES: [(&str, &str); 8] = [
    ("index.py", HANDLER),
    ("requirements.txt", "python-jose==3.3.0\n"),
    (
        "jose/__init__.py",
        "__version__ = \"3.3.0\"\n\nfrom .exceptions import JOSEError, JWTError  # noqa: F401\n",
    ),
    (
        "jose/exceptions.py",
        "class JOSEError(Exception):\n    pass\n\n\nclass JWTError(JOSEError):\n    pass\n",
    ),
    (
        "jose/jwt.py",
        "\"\"\"Stands for python-jose's module of this name; the sandbox runs no Python.\"\"\"\n",
    ),
    (
        "python_jose-3.3.0.dist-info/METADATA",
        "Metadata-Version: 2.1\nName: python-jose\nVersion: 3.3.0\n",
    ),
    ("ecdsa/__init__.py", ""),
    ("bin/jp.py", "#!/var/lang/bin/python3.9\n"),
];

/// The package as a zip archive; always the same.
pub(super) fn package() -> Bytes {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, text) in FILES {
        // What is written into memory does not fail.
        let _ = archive.start_file(name, options);
        let _ = archive.write_all(text.as_bytes());
    }
    archive
        .finish()
        .map_or_else(|_| Bytes::new(), |archive| archive.into_inner().into())
}

/// The variables that the sample's stack sets.
pub(super) fn environment(seed: &Seed) -> BTreeMap<String, String> {
    let keys = format!("{}{POOL_ID}/.well-known/jwks.json", seed.url);
    [
        ("REGION", REGION),
        ("ACCOUNT", ACCOUNT),
        ("COGNITO_USER_POOL_ID", POOL_ID),
        ("REST_API_ID", API_ID),
        ("COGNITO_KEYS_URL", &keys),
        ("APP_CLIENT_ID", CLIENT_ID),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}
