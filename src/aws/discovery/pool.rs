//! The user pool, its app client and the flows that it allows.

use super::{Discovered, Known, Ledger, call, named_or_only};
use crate::{
    aws::Cloud,
    domain::{ErrorClass, Failure, Found, Origin},
};

/// The names that the sample gives.
const POOL: &str = "mlflow-user-pool";
const CLIENT: &str = "mlflow-app-client";

pub(super) async fn find(cloud: &Cloud, known: &Known, ledger: &Ledger<'_>) {
    let pool = if let Some(pool) = &known.user_pool_id {
        pool.clone()
    } else {
        match pool(cloud).await {
            Ok(pool) => pool,
            Err(failure) => {
                ledger.problem("user_pool_id", failure);
                if let Some(client) = &known.client_id {
                    ledger.item("client_id", client.clone());
                }
                return;
            }
        }
    };
    ledger.item("user_pool_id", pool.clone());
    let client = if let Some(client) = &known.client_id {
        client.clone()
    } else {
        match client(cloud, &pool.value).await {
            Ok(client) => client,
            Err(failure) => {
                ledger.problem("client_id", failure);
                return;
            }
        }
    };
    ledger.item("client_id", client.clone());
    match cloud
        .cognito
        .describe_client(&pool.value, &client.value)
        .await
    {
        Ok(client) => ledger.tell(Discovered::ClientFlows(Found::new(
            client.flows,
            call("cognito-idp:DescribeUserPoolClient"),
        ))),
        Err(failure) => ledger.problem("client_flows", failure),
    }
}

async fn pool(cloud: &Cloud) -> Result<Found<String>, Failure> {
    let pools = cloud.cognito.pools().await?;
    named_or_only(
        pools,
        Some(POOL),
        |pool| &pool.name,
        |pool| format!("{} ({})", pool.id, pool.name),
    )
    .map(|(pool, named)| {
        let origin = if named {
            call("cognito-idp:ListUserPools")
        } else {
            Origin::Derived("the only user pool of the region".into())
        };
        Found::new(pool.id, origin)
    })
    .map_err(|message| {
        Failure::new(
            ErrorClass::NotFound,
            format!("looking for the user pool {POOL}"),
            message,
        )
        .advise("give the user pool's id, and check the region")
    })
}

async fn client(cloud: &Cloud, pool: &str) -> Result<Found<String>, Failure> {
    let clients = cloud.cognito.clients(pool).await?;
    named_or_only(
        clients,
        Some(CLIENT),
        |client| &client.name,
        |client| format!("{} ({})", client.id, client.name),
    )
    .map(|(client, named)| {
        let origin = if named {
            call("cognito-idp:ListUserPoolClients")
        } else {
            Origin::Derived("the only app client of the pool".into())
        };
        Found::new(client.id, origin)
    })
    .map_err(|message| {
        Failure::new(
            ErrorClass::NotFound,
            format!("looking for the app client {CLIENT}"),
            message,
        )
        .advise("give the app client's id")
    })
}
