//! Sending requests as whoever one has become.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::Host;
use crate::{
    browse::Exchange,
    domain::{ErrorClass, Failure},
    identity::Credential,
    mlflow::{Answer, ApiRequest, Call, Incoming},
    probe::{Retry, Stay, classify::classify, verdict::Observation},
};

/// How often a throttled request is sent again: it was not carried out.
const THROTTLED: u32 = 5;
/// How often a read is sent again whose connection or server failed. A write never is.
const FAILED: u32 = 2;

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug)]
enum Want {
    /// All of it, as far as a typed answer goes.
    Whole,
    /// Its head, the body still on its way; of the body this range.
    Open(Option<(u64, u64)>),
}

/// What came of sending.
struct Sent {
    answer: Result<Answer, Failure>,
    incoming: Option<Incoming>,
    exchange: Arc<Exchange>,
}

/// A value with the exchange that brought it.
#[derive(Debug)]
pub struct Reply<T> {
    /// The value, or why there is none.
    pub value: Result<T, Failure>,
    /// The last request that was sent for it.
    pub exchange: Arc<Exchange>,
}

impl Host {
    /// Sends a typed request as somebody.
    pub async fn call<T>(&self, stay: &Stay, call: &Call<T>) -> Reply<T> {
        let (answer, exchange) = self.send(stay, &call.request).await;
        let value = answer.and_then(|answer| {
            call.value(&answer)
                .map_err(|failure| Self::advised(failure, &exchange))
        });
        Reply { value, exchange }
    }

    /// Sends one request as somebody. A token that ran out is renewed once, silently; a throttled
    /// request is sent again, and a read whose connection failed. Each of them is an exchange.
    pub async fn send(
        &self,
        stay: &Stay,
        request: &ApiRequest,
    ) -> (Result<Answer, Failure>, Arc<Exchange>) {
        let sent = self.exchange(stay, request, Want::Whole).await;
        (sent.answer, sent.exchange)
    }

    /// Sends one request as somebody and hands over a successful answer before its body. Any
    /// other answer comes whole.
    ///
    /// # Errors
    /// What the answer says where it is no success.
    pub async fn open(
        &self,
        stay: &Stay,
        request: &ApiRequest,
        range: Option<(u64, u64)>,
    ) -> Result<Incoming, Failure> {
        let sent = self.exchange(stay, request, Want::Open(range)).await;
        let doing = format!("reading {}", request.path);
        match (sent.answer, sent.incoming) {
            (Err(failure), _) => Err(failure),
            (Ok(_), Some(incoming)) => Ok(incoming),
            (Ok(answer), None) => {
                let failure = crate::mlflow::refused(&doing, &answer);
                Err(Self::advised(failure, &sent.exchange))
            }
        }
    }

    /// Sends once.
    async fn send_once(
        &self,
        request: &ApiRequest,
        credential: &Credential,
        want: Want,
    ) -> Result<(Answer, Option<Incoming>), Failure> {
        let range = match want {
            Want::Whole => {
                let answer = self.client.send_whole(request, credential).await?;
                return Ok((answer, None));
            }
            Want::Open(range) => range,
        };
        let incoming = self.client.open(request, credential, range).await?;
        if incoming.head.is_success() {
            return Ok((incoming.head.clone(), Some(incoming)));
        }
        Ok((incoming.whole(64 * 1024).await?, None))
    }

    /// Sends until there is an answer that another try would not change.
    async fn exchange(&self, stay: &Stay, request: &ApiRequest, want: Want) -> Sent {
        let actor = &stay.actor;
        let reads = self.only_reads(request);
        if !reads && !self.may_write() {
            return self.unsent(stay, request, read_only(request));
        }
        let mut credential = match actor.credential().await {
            Ok(Some(credential)) => credential,
            Ok(None) => Credential::Anonymous,
            Err(failure) => {
                let failure = self.not_renewed(stay, failure).await;
                return self.unsent(stay, request, failure);
            }
        };
        let mut moved = self.moved(stay, &credential).await;
        let anonymous = matches!(credential, Credential::Anonymous);
        let (mut throttled, mut failed, mut expired) = (0, 0, false);
        loop {
            let here = moved.as_deref().unwrap_or(stay);
            let (answer, incoming) = match self.send_once(request, &credential, want).await {
                Ok((answer, incoming)) => (Ok(answer), incoming),
                Err(failure) => (Err(failure), None),
            };
            let observed = classify(&answer, anonymous);
            let retry = observed.retry;
            let exchange = self.over(here, request, &answer, observed);
            let sent = |answer| Sent {
                answer,
                incoming,
                exchange,
            };
            match retry {
                Some(Retry::Throttled) if throttled < THROTTLED => {
                    tokio::time::sleep(Duration::from_millis(200 << throttled)).await;
                    throttled += 1;
                }
                Some(Retry::Failed) if reads && failed < FAILED => {
                    tokio::time::sleep(Duration::from_millis(200 << failed)).await;
                    failed += 1;
                }
                Some(Retry::Expired) if !expired => {
                    expired = true;
                    match actor.renewed(&self.verifier.cloud, &credential).await {
                        Ok(renewed) => {
                            credential = renewed;
                            moved = self.moved(here, &credential).await.or(moved);
                        }
                        Err(failure) if failure.class == ErrorClass::Expired => {
                            return sent(Err(self.not_renewed(here, failure).await));
                        }
                        Err(_) => return sent(answer),
                    }
                }
                _ => return sent(answer),
            }
        }
    }

    /// An exchange that never began: there was no credential to begin it with, or no right.
    fn unsent(&self, stay: &Stay, request: &ApiRequest, failure: Failure) -> Sent {
        let answer = Err(failure);
        let observed = classify(&answer, false);
        let exchange = self.over(stay, request, &answer, observed);
        Sent {
            answer,
            incoming: None,
            exchange,
        }
    }

    fn over(
        &self,
        stay: &Stay,
        request: &ApiRequest,
        answer: &Result<Answer, Failure>,
        observed: Observation,
    ) -> Arc<Exchange> {
        let mut exchange = self.foreseen(stay, request);
        exchange.number = self.number.fetch_add(1, Ordering::Relaxed) + 1;
        exchange.answered(answer, observed);
        let exchange = Arc::new(exchange);
        (self.hear)(exchange.clone());
        exchange
    }

    /// A refusal with who refused, and the next step that goes with that.
    fn advised(failure: Failure, exchange: &Exchange) -> Failure {
        let refused = matches!(failure.class, ErrorClass::Denied { .. });
        if !refused && exchange.observed.effect != Some(crate::access::Effect::Deny) {
            return failure;
        }
        let who = &exchange.principal;
        let mut told = Failure::new(
            ErrorClass::Denied { action: None },
            failure.doing,
            format!("{} ({})", exchange.observed.reason, failure.message),
        );
        told.request_id = failure.request_id;
        told.advise(format!(
            "ask `mlwarden why {who} \"{} {}\"`, or become somebody else",
            exchange.request.method,
            exchange.route.as_deref().unwrap_or(&exchange.request.path)
        ))
    }
}

/// A request that would change something, or may, where nothing is to be changed.
fn read_only(request: &ApiRequest) -> Failure {
    Failure::new(
        ErrorClass::ReadOnly,
        format!("{} {}", request.method, request.path),
        "not sent: this run, or this context, is read-only",
    )
}
