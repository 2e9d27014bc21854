//! `mlwarden matrix adopt`: writes down what is deployed.

use std::path::PathBuf;

use super::{change, learned};
use crate::{
    access::{Deployed, PolicySet, adopted, impact, matrix::MatrixText, policy_set},
    cli::{args::Global, output, roles, session::Session},
    config::MatrixFile,
    domain::{ExecutionRole, Failure},
};

/// How a line begins that says how something was found out.
const MARK: &str = "# adopted: ";

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
    let mut policies: Vec<(ExecutionRole, PolicySet)> = Vec::new();
    for (role, read) in roles::read(&session).await? {
        match read {
            Ok(document) => policies.push((role, policy_set(&document))),
            Err(failure) => output::note(&format!("! {} is left out: {failure}", role.name)),
        }
    }
    let deployed = Deployed {
        contract: &known.contract,
        roles: &policies,
        api: &yardstick.api,
        catalog: &yardstick.catalog,
    };
    let matrix = adopted(&declared, &deployed);
    let mut text = MatrixText::parse(&file.text, &file.name())?;
    text.adopt(&matrix)?;
    let impact = impact(&declared, &matrix, &yardstick.catalog);
    let text = headed(&text.text(), &known.remarks);
    change::write(global, &session.effective, file, &text, &impact)
}

/// The text with how it was found out, and what was not, above all else; what an earlier adopt
/// said there goes.
fn headed(text: &str, remarks: &[String]) -> String {
    let mut headed = String::new();
    for remark in remarks {
        headed.push_str(MARK);
        headed.push_str(&remark.replace(['\n', '\r'], " "));
        headed.push('\n');
    }
    let own = text.lines().skip_while(|line| line.starts_with(MARK));
    for line in own {
        headed.push_str(line);
        headed.push('\n');
    }
    headed
}
