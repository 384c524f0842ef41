//! Rows of the audit logs.

pub(crate) mod audit_events {
    use sea_orm::entity::prelude::*;

    use crate::actor::ActorKind;
    use crate::audit::{AuditAction, SubjectKind};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_events")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) at: DateTimeUtc,
        pub(crate) actor_kind: ActorKind,
        pub(crate) actor_id: Option<Uuid>,
        pub(crate) action: AuditAction,
        pub(crate) subject_kind: SubjectKind,
        pub(crate) subject_id: Uuid,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) detail: Json,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod installation_events {
    use sea_orm::entity::prelude::*;

    use crate::actor::ActorKind;
    use crate::audit::{AuditAction, SubjectKind};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "installation_events")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) at: DateTimeUtc,
        pub(crate) actor_kind: ActorKind,
        pub(crate) actor_id: Option<Uuid>,
        pub(crate) action: AuditAction,
        pub(crate) subject_kind: SubjectKind,
        pub(crate) subject_id: String,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) detail: Json,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
