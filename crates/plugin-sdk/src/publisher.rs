//! The trait a plugin implements, and the bridge from the contract's exports to it.

use std::marker::PhantomData;

use crate::bindings;
use crate::bindings::exports::tablon::plugin::publishing::Guest;
use crate::host::{Host, SandboxHost};
use crate::initialise::initialise;
use crate::{
    Attempt, Context, Description, Error, Located, Posting, Presence, Preview, Receipt, Repeat, RetractMode, Target,
    Verified,
};

/// A place where jobs can be published.
///
/// A value lives for one call: the host gives every call a fresh sandbox, so nothing can be kept in
/// memory. [`describe`](Self::describe), [`render`](Self::render) and [`repeats`](Self::repeats) get no [`Host`]: they are pure,
/// and the host traps a plugin that calls out of them.
pub trait Publisher: Default {
    /// What the plugin is and which settings it wants.
    fn describe(&self) -> Description;

    /// The messages that [`publish`](Self::publish) would send, byte for byte.
    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error>;

    /// May the host repeat a publish to this target whose answer was lost? Pure. Say so only where the platform
    /// recognises a repetition by [`Attempt::key`](crate::Attempt::key).
    fn repeats(&self, _target: &Target) -> Repeat {
        Repeat::Never
    }

    /// Checks credential, destination and rights without leaving a trace.
    fn verify(&self, host: &dyn Host, target: &Target, context: &Context) -> Result<Verified, Error>;

    /// Sends the posting. Where a copy takes several requests and a later one fails, [`Error::unfinished`] keeps what is
    /// there: [`update`](Self::update) then goes on.
    fn publish(&self, host: &dyn Host, posting: &Posting, target: &Target, attempt: &Attempt)
    -> Result<Receipt, Error>;

    /// Makes the copy say what the posting says, and finishes what is unfinished. Must be safe to repeat.
    fn update(
        &self,
        _host: &dyn Host,
        _receipt: &Receipt,
        _posting: &Posting,
        _target: &Target,
        _attempt: &Attempt,
    ) -> Result<Receipt, Error> {
        Err(Error::Unsupported)
    }

    /// Takes the copy away, or marks it as over. `None`: it is gone. Must be safe to repeat.
    fn retract(
        &self,
        _host: &dyn Host,
        _receipt: &Receipt,
        _mode: RetractMode,
        _posting: &Posting,
        _target: &Target,
        _attempt: &Attempt,
    ) -> Result<Option<Receipt>, Error> {
        Err(Error::Unsupported)
    }

    /// Looks for the copy of a publish whose answer was lost.
    fn locate(
        &self,
        _host: &dyn Host,
        _posting: &Posting,
        _target: &Target,
        _attempt: &Attempt,
    ) -> Result<Located, Error> {
        Ok(Located::Unknowable)
    }

    /// Is the copy still there, and still as it should be?
    fn check(
        &self,
        _host: &dyn Host,
        _receipt: &Receipt,
        _posting: &Posting,
        _target: &Target,
        _context: &Context,
    ) -> Result<Presence, Error> {
        Ok(Presence::Unknowable)
    }

    /// The receipt of a copy that a person points at, by a link or another reference; `posting` is what it should say.
    fn adopt(
        &self,
        _host: &dyn Host,
        _reference: &str,
        _posting: &Posting,
        _target: &Target,
        _context: &Context,
    ) -> Result<Receipt, Error> {
        Err(Error::Unsupported)
    }
}

/// Implements the contract's exports for a [`Publisher`]; [`export!`](crate::export) names it.
pub struct Component<P>(PhantomData<P>);

impl<P: Publisher> Guest for Component<P> {
    fn describe() -> Description {
        P::default().describe()
    }

    fn render(posting: Posting, target: Target) -> Result<Vec<Preview>, Error> {
        P::default().render(&posting, &target)
    }

    fn repeats(target: Target) -> Repeat {
        P::default().repeats(&target)
    }

    fn verify(target: Target, context: Context) -> Result<Verified, Error> {
        P::default().verify(&SandboxHost, &target, &context)
    }

    fn publish(posting: Posting, target: Target, attempt: Attempt) -> Result<Receipt, Error> {
        P::default().publish(&SandboxHost, &posting, &target, &attempt)
    }

    fn update(receipt: Receipt, posting: Posting, target: Target, attempt: Attempt) -> Result<Receipt, Error> {
        P::default().update(&SandboxHost, &receipt, &posting, &target, &attempt)
    }

    fn retract(
        receipt: Receipt,
        mode: RetractMode,
        posting: Posting,
        target: Target,
        attempt: Attempt,
    ) -> Result<Option<Receipt>, Error> {
        P::default().retract(&SandboxHost, &receipt, mode, &posting, &target, &attempt)
    }

    fn locate(posting: Posting, target: Target, attempt: Attempt) -> Result<Located, Error> {
        P::default().locate(&SandboxHost, &posting, &target, &attempt)
    }

    fn check(receipt: Receipt, posting: Posting, target: Target, context: Context) -> Result<Presence, Error> {
        P::default().check(&SandboxHost, &receipt, &posting, &target, &context)
    }

    fn adopt(reference: String, posting: Posting, target: Target, context: Context) -> Result<Receipt, Error> {
        P::default().adopt(&SandboxHost, &reference, &posting, &target, &context)
    }
}

/// Runs when the plugin is packed: what it leaves in memory is there in every call.
impl<P: Publisher> bindings::Guest for Component<P> {
    fn wizer_initialize() {
        initialise(&P::default());
    }
}

/// Makes a [`Publisher`] the component's export.
///
/// When the plugin is packed, [`describe`](Publisher::describe) runs once, and [`render`](Publisher::render) once for
/// each language with a sample posting. What these keep in statics is there in every call, so they must not print or
/// read a clock.
///
/// ```
/// use tablon_plugin::*;
///
/// const LOCALES: Locales = Locales::new(&[("en", "-platform = Chatter")]);
/// const MESSAGES: MessageWriter<PlainText> = MessageWriter::new("{{ title }}\n{{ url }}", "{{ ending }}", 500);
///
/// #[derive(Default)]
/// struct Chatter;
///
/// impl Publisher for Chatter {
///     fn describe(&self) -> Description {
///         Description {
///             name: "Chatter".to_owned(),
///             settings_schema: Form::new(&LOCALES).field(Field::secret("token").required()).to_json(),
///             default_template: MESSAGES.default_template().to_owned(),
///             features: Features::empty(),
///             extra: vec![MESSAGES.template_variables(&LOCALES)],
///         }
///     }
///
///     fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error> {
///         let words = LOCALES.get(&target.locale);
///         Ok(vec![MESSAGES.open(posting, target, &words)?.preview(&words)])
///     }
///
///     fn verify(&self, host: &dyn Host, target: &Target, _: &Context) -> Result<Verified, Error> {
///         Ok(Verified::new(&target.board.name))
///     }
///
///     fn publish(&self, host: &dyn Host, posting: &Posting, target: &Target, _: &Attempt) -> Result<Receipt, Error> {
///         let words = LOCALES.get(&target.locale);
///         let request = Request::new(Method::Post, "https://chatter.example/messages")
///             .secret_header("authorization", "Bearer ", "token")
///             .body(MESSAGES.open(posting, target, &words)?.text);
///         let answer = Api::new(host, &words).send(request, Repeatable::No)?;
///         match answer.is_success() {
///             true => Ok(Receipt { handle: answer.body, url: None, extra: vec![] }),
///             false => Err(Refusal::of(&answer, Lane::Destination, Repeatable::No).meaning(&words)),
///         }
///     }
/// }
///
/// tablon_plugin::export!(Chatter);
/// ```
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        // The exported names hold `@` and `#`, which a native linker misreads; there is nothing to
        // export outside WebAssembly anyway.
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::Component<$plugin>;
    $crate::bindings::export_component!(Exported with_types_in $crate::bindings);
        };
    };
}
