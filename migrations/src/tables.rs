//! Tables, the references between them, and their indexes.

use sea_orm_migration::prelude::*;

use crate::columns::uuid;

/// Makes tables, in their order, and then their indexes.
pub(crate) async fn create(
    manager: &SchemaManager<'_>,
    tables: Vec<TableCreateStatement>,
    indexes: Vec<IndexCreateStatement>,
) -> Result<(), DbErr> {
    for table in tables {
        manager.create_table(table).await?;
    }
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

/// A table of the instance.
pub(crate) fn table(name: &'static str, columns: Vec<ColumnDef>, key: &[&'static str]) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for mut column in columns {
        table.col(&mut column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    table.primary_key(&mut primary);
    table
}

/// A table of a tenant: its rows go with the tenant.
pub(crate) fn owned(name: &'static str, mut columns: Vec<ColumnDef>, key: &[&'static str]) -> TableCreateStatement {
    columns.insert(0, uuid("tenant_id"));
    let mut table = table(name, columns, key);
    table.foreign_key(
        ForeignKey::create().from(name, "tenant_id").to("tenants", "id").on_delete(ForeignKeyAction::Cascade),
    );
    table
}

/// Rows of `from` refer to rows of `to` in the same tenant, and go with them.
pub(crate) fn within_tenant(
    table: &mut TableCreateStatement,
    from: &'static str,
    column: &'static str,
    to: &'static str,
) -> TableCreateStatement {
    table
        .foreign_key(
            ForeignKey::create()
                .from(from, ("tenant_id", column))
                .to(to, ("tenant_id", "id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

/// An index on these columns, in their order.
pub(crate) fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}
