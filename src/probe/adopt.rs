//! What is deployed, written down as a matrix: what the authorizer does with groups, and what the
//! roles' policies say.

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{
    Verifier,
    in_effect::{Ground, InEffect, in_effect},
};
use crate::{
    access::{
        Api, Catalog, Contract, Deployed, Matrix, PolicySet, adopted, matrix::MatrixText,
        policy_set,
    },
    domain::{ErrorClass, ExecutionRole, Failure},
};

/// How a line begins that says how something was found out.
const MARK: &str = "# adopted: ";

/// What the authorizer does with groups, and how that is known.
#[derive(Clone, Debug)]
pub struct Learnt {
    /// What decides about tokens.
    pub contract: Contract,
    /// How that is known, and what of it is not; one sentence each. None where the rules stand
    /// in the package.
    pub remarks: Vec<String>,
    /// Why it could not be asked, where it had to be.
    pub failure: Option<Failure>,
    /// What was borrowed for asking and could not be given back; it stays in the journal.
    pub not_given_back: Vec<Failure>,
}

/// A matrix that declares what is deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// The file's text, with the comments that were in it.
    pub text: String,
    /// What could not be found out, one sentence each.
    pub remarks: Vec<String>,
}

impl Verifier {
    /// What decides about tokens, without asking anybody.
    pub async fn in_effect(&self) -> InEffect {
        let packages = self.journal.packages();
        Box::pin(in_effect(&self.cloud, &self.deployment, &packages)).await
    }

    /// What the deployed authorizer does, by what was `found`, else by asking it, which takes a
    /// probe user. Where it may not be asked its groups are taken to be the sample's, and that is
    /// said.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn learnt(
        &self,
        found: InEffect,
        may_ask: bool,
        cancel: &CancellationToken,
    ) -> Result<Learnt, Failure> {
        if found.ground == Ground::Package {
            return Ok(Learnt {
                contract: found.contract,
                remarks: Vec::new(),
                failure: None,
                not_given_back: Vec::new(),
            });
        }
        let asked = if may_ask || matches!(found.ground, Ground::Answers { .. }) {
            self.lesson(cancel).await
        } else {
            Err(Failure::new(
                ErrorClass::ReadOnly,
                "learning what the authorizer does",
                "a dry run makes no probe user",
            ))
        };
        match asked {
            Ok((lesson, not_given_back)) => Ok(Learnt {
                remarks: lesson.in_words(),
                contract: lesson.contract,
                failure: None,
                not_given_back,
            }),
            Err(failure) if failure.class == ErrorClass::Cancelled => Err(failure),
            Err(failure) => Ok(Learnt {
                contract: found.contract,
                remarks: vec![format!(
                    "the authorizer was not asked, and the groups are taken to be the sample's: \
                     {failure}"
                )],
                failure: Some(failure),
                not_given_back: Vec::new(),
            }),
        }
    }

    /// The matrix that declares what is deployed, by the rows of what is `declared`, in place of a
    /// `text` that came from a `file`. Roles that cannot be read are left out, and that is said.
    ///
    /// # Errors
    /// `Invalid` where the text is no matrix.
    pub async fn adopt(
        &self,
        learnt: &Learnt,
        declared: &Matrix,
        text: &str,
        file: &str,
    ) -> Result<Adoption, Failure> {
        let mut policies: Vec<(ExecutionRole, PolicySet)> = Vec::new();
        let mut left_out = Vec::new();
        for (role, read) in self.cloud.iam.documents(self.deployment.roles()).await {
            match read {
                Ok(document) => policies.push((role, policy_set(&document))),
                Err(failure) => left_out.push(format!("{} is left out: {failure}", role.name)),
            }
        }
        let deployed = Deployed {
            contract: &learnt.contract,
            roles: &policies,
            api: &Api::of(&self.deployment, self.cloud.region()),
            catalog: &Catalog::of(&self.deployment),
        };
        let matrix = adopted(declared, &deployed);
        let mut written = MatrixText::parse(text, file)?;
        written.adopt(&matrix)?;
        Ok(Adoption {
            text: headed(&written.text(), &learnt.remarks),
            remarks: left_out,
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_adopt_said_gives_way_and_other_comments_stay() {
        let text = headed("# ours\n[[row]]\n", &["learned\nfrom 7".to_owned()]);
        assert_eq!(text, "# adopted: learned from 7\n# ours\n[[row]]\n");
        assert_eq!(headed(&text, &[]), "# ours\n[[row]]\n");
    }
}
