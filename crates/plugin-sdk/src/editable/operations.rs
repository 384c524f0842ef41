//! The operations of a publisher, made of what a platform with editable messages can do.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Draft, EditableMessages, Session};
use crate::{
    Attempt, Context, Description, Ending, Error, Handle, Host, LastSent, Located, Posting, Presence, Preview,
    Publisher, Receipt, Repeat, RetractMode, Target, Verified,
};

/// The receipt's handle: where the copy is, and what it was made to show last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept<C> {
    #[serde(flatten)]
    pub(super) copy: C,
    #[serde(flatten)]
    pub(super) sent: LastSent,
}

impl<C: Handle> Handle for Kept<C> {
    const VERSION: u32 = C::VERSION;

    fn upgrade(version: u32, older: Value) -> Value {
        C::upgrade(version, older)
    }
}

fn session<'a, M: EditableMessages>(
    plugin: &M,
    host: &'a dyn Host,
    target: &'a Target,
) -> Result<Session<'a, M::Settings>, Error> {
    Ok(Session::new(host, target, plugin.open(target)?))
}

impl<M: EditableMessages> Publisher for M {
    fn describe(&self) -> Description {
        EditableMessages::describe(self)
    }

    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error> {
        EditableMessages::render(self, posting, target)
    }

    fn repeats(&self, target: &Target) -> Repeat {
        EditableMessages::repeats(self, target)
    }

    fn verify(&self, host: &dyn Host, target: &Target, context: &Context) -> Result<Verified, Error> {
        EditableMessages::verify(self, &session(self, host, target)?, context)
    }

    fn publish(
        &self,
        host: &dyn Host,
        posting: &Posting,
        target: &Target,
        attempt: &Attempt,
    ) -> Result<Receipt, Error> {
        let on = session(self, host, target)?;
        let content = self.offer(&Draft::new(posting, target, &on))?;
        self.send(&on, &content, attempt)?.into_answer(LastSent::offer(&content), None)
    }

    fn update(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        posting: &Posting,
        target: &Target,
        attempt: &Attempt,
    ) -> Result<Receipt, Error> {
        let on = session(self, host, target)?;
        let kept: Kept<M::Copy> = receipt.read(&on.words)?;
        let content = self.offer(&Draft::new(posting, target, &on))?;
        let shown = self.edit(&on, kept.copy, &content, attempt)?;
        shown.into_answer(LastSent::offer(&content), receipt.url.clone())
    }

    fn retract(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        mode: RetractMode,
        posting: &Posting,
        target: &Target,
        attempt: &Attempt,
    ) -> Result<Option<Receipt>, Error> {
        let on = session(self, host, target)?;
        let kept: Kept<M::Copy> = receipt.read(&on.words)?;
        let ending = match mode {
            RetractMode::MarkClosed(ending) => ending,
            RetractMode::Delete => match self.delete(&on, &kept.copy, attempt) {
                Ok(()) | Err(Error::Gone) => return Ok(None),
                // What has to stay is marked, as it was before where it was.
                Err(Error::Unsupported) => kept.sent.ending().unwrap_or(Ending::Closed),
                Err(error) => return Err(error),
            },
        };
        let content = self.over(&Draft::new(posting, target, &on), ending)?;
        match self.edit(&on, kept.copy, &content, attempt) {
            Ok(shown) => shown.into_answer(LastSent::closed(ending, &content), receipt.url.clone()).map(Some),
            Err(Error::Gone) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn locate(&self, host: &dyn Host, posting: &Posting, target: &Target, attempt: &Attempt) -> Result<Located, Error> {
        let on = session(self, host, target)?;
        let content = self.offer(&Draft::new(posting, target, &on))?;
        EditableMessages::locate(self, &on, &content, attempt)
    }

    fn check(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        posting: &Posting,
        target: &Target,
        _: &Context,
    ) -> Result<Presence, Error> {
        let on = session(self, host, target)?;
        let kept: Kept<M::Copy> = receipt.read(&on.words)?;
        let expected = match kept.sent.ending() {
            Some(ending) => self.over(&Draft::new(posting, target, &on), ending)?,
            None => self.offer(&Draft::new(posting, target, &on))?,
        };
        let expected = Some(&expected).filter(|expected| kept.sent.is(expected));
        match self.look(&on, &kept.copy, expected) {
            Err(Error::Gone) => Ok(Presence::Absent),
            found => found,
        }
    }

    fn adopt(
        &self,
        host: &dyn Host,
        reference: &str,
        posting: &Posting,
        target: &Target,
        _: &Context,
    ) -> Result<Receipt, Error> {
        let on = session(self, host, target)?;
        let shown = EditableMessages::adopt(self, &on, reference)?;
        // It is taken for what it should say, so that a check finds what differs. An offer that can't be written (too
        // long by now) is no reason to lose the copy.
        let sent =
            self.offer(&Draft::new(posting, target, &on)).map(|content| LastSent::offer(&content)).unwrap_or_default();
        shown.into_answer(sent, None)
    }
}
