//! What the authorizer goes by: read once a session, and again when it may be otherwise.

use super::{news, questions};
use crate::{
    app::{Effect, Screen, effect::Ask, remote::Ticket, rules::Rules, state::State},
    probe::in_effect::InEffect,
};

/// The pages whose words say how the rules are known, where they are not certain.
const PAGES: [Screen; 3] = [Screen::Users, Screen::Groups, Screen::People];

/// Asks what decides about tokens.
pub(super) fn load(state: &mut State) -> Effect {
    let ticket = state.data.next_ticket();
    state.data.rules_ticket = ticket;
    Effect::Ask(state.epoch, Ask::Rules(ticket))
}

/// What decides is known: everything that is said of groups goes by it from now on.
pub(super) fn heard(state: &mut State, ticket: Ticket, found: InEffect) -> Vec<Effect> {
    if state.data.rules_ticket != ticket {
        return Vec::new();
    }
    let rules = Rules::read(found);
    let data = &mut state.data;
    for screen in PAGES {
        match rules.remark() {
            Some(words) => data.words.insert(screen, words),
            None => data.words.remove(&screen),
        };
    }
    data.rules = rules;
    data.rejoin();
    let now = state.now;
    let mut effects: Vec<Effect> = news::judge(state, now).into_iter().collect();
    effects.extend(questions::again(state));
    effects
}
