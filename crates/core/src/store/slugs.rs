//! The addresses of boards: which are free, and where those lead that a board has left.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _,
};
use uuid::Uuid;

use super::tenants::Tenants;
use super::{Store, TenantScope};
use crate::entity::former_slugs::{ActiveModel, Column, Entity};
use crate::entity::tenants;
use crate::error::Result;
use crate::form::{FieldErrors, FieldProblem};
use crate::slug::printable;

/// The most addresses that a board has left and that still lead to it: nobody can take up all the good names.
const MAX_FORMER_SLUGS: usize = 5;

impl Tenants<'_> {
    /// The board that had this short name before, and has another one now.
    pub async fn by_former_slug(&self, slug: &str) -> Result<Option<TenantScope>> {
        match Entity::find_by_id(printable(slug)).one(self.0.db()).await? {
            Some(former) => self.by_id(former.tenant_id).await,
            None => Ok(None),
        }
    }
}

impl TenantScope {
    /// The short names that it had before and that still lead to it, the last one first.
    pub async fn former_slugs(&self) -> Result<Vec<String>> {
        let rows = self.find::<Entity>().order_by_desc(Column::LeftAt).all(self.store().db()).await?;
        Ok(rows.into_iter().map(|row| row.slug).collect())
    }
}

impl Store {
    /// Gives a board another short name within a transaction; the old one goes on leading to it.
    pub(super) async fn move_board(
        &self,
        tx: &DatabaseTransaction,
        scope: &TenantScope,
        from: &str,
        to: &str,
    ) -> Result<()> {
        if !is_free(tx, to, Some(scope.id)).await? {
            return Err(FieldErrors::one("/slug", FieldProblem::Taken).into());
        }
        // It may return to an address that it has left.
        scope.delete::<Entity>().filter(Column::Slug.eq(to)).exec(tx).await?;
        let former = ActiveModel { tenant_id: Set(scope.id), slug: Set(from.to_owned()), left_at: Set(self.now()) };
        former.insert(tx).await?;
        let rows = scope.find::<Entity>().order_by_desc(Column::LeftAt).all(tx).await?;
        for row in rows.into_iter().skip(MAX_FORMER_SLUGS) {
            Entity::delete_by_id(row.slug).exec(tx).await?;
        }
        Ok(())
    }
}

/// Whether no board has this short name, and none but `of` had it before.
pub(super) async fn is_free(tx: &DatabaseTransaction, slug: &str, of: Option<Uuid>) -> Result<bool> {
    if tenants::Entity::find().filter(tenants::Column::Slug.eq(slug)).one(tx).await?.is_some() {
        return Ok(false);
    }
    let former = Entity::find_by_id(slug.to_owned()).one(tx).await?;
    Ok(former.is_none_or(|former| Some(former.tenant_id) == of))
}
