//! A board's own words in mail to its posters: plain text with placeholders, never a template.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, QueryFilter};
use uuid::Uuid;

use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::notice_words::{ActiveModel, Column, Entity};
use crate::error::{Error, Result};
use crate::form::{FieldErrors, FieldProblem};
use crate::notice::{Audience, NoticeKind};
use crate::store::TenantScope;
use crate::store::audit::NOTHING_CHANGED;
use crate::text::characters;

/// The most characters of a subject: mail programs show fewer.
pub const MAX_MAIL_SUBJECT: usize = 150;
/// The most characters of a text.
pub const MAX_MAIL_TEXT: usize = 2_000;

/// What a board says in one kind of mail, instead of the theme's words. A reason, links and the button stay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoticeWords {
    /// One line.
    pub subject: Option<String>,
    /// Paragraphs, with empty lines between them.
    pub text: Option<String>,
}

impl NoticeWords {
    /// The placeholders of a kind: they are replaced where the mail is written.
    pub const fn placeholders(kind: NoticeKind) -> &'static [&'static str] {
        match kind {
            NoticeKind::JobExpiring => &["title", "board", "day"],
            _ => &["title", "board"],
        }
    }

    /// These words with the placeholders replaced, each by what `value` says.
    pub fn fill(text: &str, kind: NoticeKind, value: impl Fn(&str) -> String) -> String {
        let mut filled = String::new();
        let mut rest = text;
        // From left to right, so that a title that contains a placeholder is shown as it is.
        while let Some(at) = rest.find('{') {
            let (before, after) = rest.split_at(at);
            filled.push_str(before);
            let known = Self::placeholders(kind).iter().find(|name| {
                after.strip_prefix('{').and_then(|t| t.strip_prefix(**name)).is_some_and(|t| t.starts_with('}'))
            });
            match known {
                Some(name) => {
                    filled.push_str(&value(name));
                    rest = after.get(name.len() + 2..).unwrap_or_default();
                }
                None => {
                    filled.push('{');
                    rest = after.get(1..).unwrap_or_default();
                }
            }
        }
        filled + rest
    }

    /// What is wrong with typed words; else the words as they are stored.
    fn checked(&self, kind: NoticeKind) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut part = |pointer: &str, typed: Option<&str>, max: usize, one_line: bool| {
            let clean = characters::lines(typed.unwrap_or_default());
            let clean = if one_line { clean.replace('\n', " ") } else { clean };
            let clean = clean.trim().to_owned();
            if clean.chars().count() > max {
                errors.push(pointer, FieldProblem::TooLong { max });
            } else if has_unknown_placeholder(&clean, kind) {
                let known: Vec<String> = Self::placeholders(kind).iter().map(|name| format!("{{{name}}}")).collect();
                errors.push(pointer, FieldProblem::UnknownPlaceholder { known: known.join(", ") });
            }
            Some(clean).filter(|text| !text.is_empty())
        };
        let words = Self {
            subject: part("/subject", self.subject.as_deref(), MAX_MAIL_SUBJECT, true),
            text: part("/text", self.text.as_deref(), MAX_MAIL_TEXT, false),
        };
        errors.into_result()?;
        Ok(words)
    }
}

/// Whether there is a name in braces that isn't replaced: a typing error that posters would read.
fn has_unknown_placeholder(text: &str, kind: NoticeKind) -> bool {
    text.split('{').skip(1).any(|after| {
        let name = after.split('}').next().unwrap_or_default();
        after.contains('}') && !NoticeWords::placeholders(kind).contains(&name)
    })
}

/// A board's words.
#[derive(Debug)]
pub struct BoardWords<'a>(&'a TenantScope);

impl TenantScope {
    /// Its own words in mail to posters.
    pub fn notice_words(&self) -> BoardWords<'_> {
        BoardWords(self)
    }
}

impl BoardWords<'_> {
    /// The words of a kind; empty ones mean the theme's.
    pub async fn get(&self, kind: NoticeKind) -> Result<NoticeWords> {
        let row = self.0.find::<Entity>().filter(Column::Kind.eq(kind)).one(self.0.store().db()).await?;
        Ok(row.map(|row| NoticeWords { subject: row.subject, text: row.text }).unwrap_or_default())
    }

    /// The kinds that have words of the board.
    pub async fn kinds(&self) -> Result<Vec<NoticeKind>> {
        let rows = self.0.find::<Entity>().all(self.0.store().db()).await?;
        Ok(rows.into_iter().map(|row| row.kind).collect())
    }

    /// Whether these words could be stored.
    pub fn check(&self, kind: NoticeKind, words: &NoticeWords) -> Result<NoticeWords, FieldErrors> {
        words.checked(kind)
    }

    /// Changes the words of a kind; empty ones bring the theme's back.
    ///
    /// # Errors
    /// `NotFound` for a kind that isn't for posters; `Invalid` for words that are too long or have an unknown placeholder.
    pub async fn set(&self, kind: NoticeKind, words: &NoticeWords, by: Actor) -> Result<()> {
        if kind.audience() != Audience::Poster {
            return Err(Error::NotFound);
        }
        let words = words.checked(kind)?;
        let tx = self.0.store().write_as(by).await?;
        let of_kind = || self.0.find::<Entity>().filter(Column::Kind.eq(kind));
        let before = of_kind().one(&*tx).await?.map(|row| NoticeWords { subject: row.subject, text: row.text });
        if before.unwrap_or_default() == words {
            return tx.commit(NOTHING_CHANGED).await;
        }
        self.0.delete::<Entity>().filter(Column::Kind.eq(kind)).exec(&*tx).await?;
        if words != NoticeWords::default() {
            let row = ActiveModel {
                tenant_id: Set(self.0.id),
                id: Set(Uuid::now_v7()),
                kind: Set(kind),
                subject: Set(words.subject),
                text: Set(words.text),
            };
            row.insert(&*tx).await?;
        }
        let event = self.0.event(AuditAction::TenantUpdate, (SubjectKind::Tenant, self.0.id));
        tx.commit([event.changed([format!("mail.{kind}")])]).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_once_and_from_left_to_right() {
        let fill = |text: &str| {
            NoticeWords::fill(text, NoticeKind::JobReceived, |name| match name {
                "title" => "A {board} B".to_owned(),
                other => other.to_uppercase(),
            })
        };
        assert_eq!(fill("{title} on {board}"), "A {board} B on BOARD");
        assert_eq!(fill("{day} { title} {} {"), "{day} { title} {} {");
    }

    #[test]
    fn a_mistyped_placeholder_is_refused() {
        let words = |text: &str| NoticeWords { subject: None, text: Some(text.to_owned()) };
        for good in ["", "Thank you!", "{title}", "a { b", "a\n\nb {board}"] {
            assert!(words(good).checked(NoticeKind::JobReceived).is_ok(), "{good}");
        }
        for bad in ["{titel}", "{{ title }}", "{day}", "{}"] {
            assert!(words(bad).checked(NoticeKind::JobReceived).is_err(), "{bad}");
        }
        assert!(words("{day}").checked(NoticeKind::JobExpiring).is_ok());
    }
}
