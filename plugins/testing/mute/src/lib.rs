//! A plugin that never comes to describe itself, so that it can never be used.

mod bindings {
    #![expect(unsafe_code, reason = "generated: exports are raw functions")]
    wit_bindgen::generate!({ path: "../../wit/1.0", world: "publisher" });

    use super::Mute;
    export!(Mute);
}

use std::process::abort;

use bindings::exports::tablon::plugin::publishing::{
    Description, Guest, Located, Presence, Preview, Repeat, RetractMode, Verified,
};
use bindings::tablon::plugin::types::{Attempt, Context, Error, Posting, Receipt, Target};

struct Mute;

impl Guest for Mute {
    fn describe() -> Description {
        let mut n = 0u64;
        loop {
            n = std::hint::black_box(n.wrapping_add(1));
        }
    }

    fn render(_: Posting, _: Target) -> Result<Vec<Preview>, Error> {
        abort()
    }

    fn repeats(_: Target) -> Repeat {
        abort()
    }

    fn verify(_: Target, _: Context) -> Result<Verified, Error> {
        abort()
    }

    fn publish(_: Posting, _: Target, _: Attempt) -> Result<Receipt, Error> {
        abort()
    }

    fn update(_: Receipt, _: Posting, _: Target, _: Attempt) -> Result<Receipt, Error> {
        abort()
    }

    fn retract(_: Receipt, _: RetractMode, _: Posting, _: Target, _: Attempt) -> Result<Option<Receipt>, Error> {
        abort()
    }

    fn locate(_: Posting, _: Target, _: Attempt) -> Result<Located, Error> {
        abort()
    }

    fn check(_: Receipt, _: Posting, _: Target, _: Context) -> Result<Presence, Error> {
        abort()
    }

    fn adopt(_: String, _: Posting, _: Target, _: Context) -> Result<Receipt, Error> {
        abort()
    }
}
