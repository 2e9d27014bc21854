//! What the words of a pack mean: printed in every pack, since it has to stand by itself.

use super::pack::Term;

const TERMS: [(&str, &str); 11] = [
    (
        "declared",
        "What the matrix file says that an access level may do: the intention.",
    ),
    (
        "predicted",
        "What the deployed policies compute to: the policy that the Lambda authorizer returned, \
         or the policies of the execution role. No request was made for it.",
    ),
    (
        "observed",
        "What a live request got. Each is one that the gateway has to decide on and MLflow must \
         refuse whatever the decision, so that nothing is changed by asking.",
    ),
    (
        "not tested",
        "No live request decided it; the reason stands beside it. It is never counted as denied.",
    ),
    (
        "verdict",
        "Declared against observed: ok; over-granted (declared deny, observed allow: the dangerous \
         one); under-granted (declared allow, observed deny); inconclusive (nothing declared, or \
         not tested).",
    ),
    (
        "evidence",
        "Of each request who answered (the layer: gateway, authorizer, IAM, MLflow), the HTTP \
         status, API Gateway's request id, the time (UTC) and how long it took.",
    ),
    (
        "access level",
        "What one group, one set of groups that somebody has, one execution role or nobody may do. \
         A set of groups was tested as such, by a user made for the purpose and removed.",
    ),
    (
        "acts as",
        "The group whose rights the authorizer gives a person. Unless it is set up otherwise it \
         takes the first group that it knows and ignores the others.",
    ),
    (
        "several-groups",
        "A trap: the person is in several groups that the authorizer knows, and what the groups \
         seem to give is not what the person has.",
    ),
    (
        "federated",
        "Another identity provider signs the person in: a password reset in the pool does not \
         stop them, disabling the user here does.",
    ),
    (
        "side door",
        "A way around the matrix that an execution role's policies leave open by their text. \
         Evaluated, never exercised.",
    ),
];

/// The method, word by word.
pub(super) fn terms() -> Vec<Term> {
    let term = |(word, meaning): (&str, &str)| Term {
        word: word.to_owned(),
        meaning: meaning.to_owned(),
    };
    TERMS.into_iter().map(term).collect()
}

/// What a pack of this kind cannot say, wherever it is made.
pub(super) const ALWAYS: [&str; 3] = [
    "Cognito does not tell when somebody signed in last: \"last changed\" is when the user's \
     record was changed.",
    "What a person may do is what their access level may do: requests were made as the levels, \
     not as the people.",
    "An ID token that is out works until it expires, whatever is decided: leaving a group, \
     disabling and signing out do not end it.",
];
