//! `mlwarden matrix adopt`: writes down what is deployed.

use std::path::PathBuf;

use super::{change, learned};
use crate::{
    access::{Matrix, impact},
    cli::{args::Global, output, roles, session::Session, verify},
    config::MatrixFile,
    domain::Failure,
};

/// Reads what the authorizer and the roles' policies say, and writes it to the file.
pub(super) async fn run(global: &Global, out: Option<PathBuf>) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let mut file = session.effective.matrix_file(global)?;
    let declared = file.matrix()?;
    if let Some(out) = out {
        let text = std::mem::take(&mut file.text);
        file = MatrixFile {
            there: out.exists(),
            text: if out.exists() {
                MatrixFile::find(Some(out.clone()), None, "")?.text
            } else {
                text
            },
            file: Some(out),
        };
    }
    let known = learned::find(global, &session).await?;
    let yardstick = roles::Yardstick::of(global, &session)?;
    let verifier = verify::verifier(global, &session)?;
    let name = file.name();
    let adopt = verifier.adopt(&known, &declared, &file.text, &name);
    let adoption = adopt.await?;
    for remark in &adoption.remarks {
        output::note(&format!("! {remark}"));
    }
    let matrix = Matrix::parse(&adoption.text, &file.name())?;
    let impact = impact(&declared, &matrix, &yardstick.catalog);
    change::write(global, &session.effective, file, &adoption.text, &impact)
}
