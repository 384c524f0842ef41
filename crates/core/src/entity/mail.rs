//! Rows of outgoing mail.

pub(crate) mod mails {
    use sea_orm::entity::prelude::*;

    use crate::delivery::MailState;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "mails")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) channel_id: Uuid,
        pub(crate) key: String,
        pub(crate) recipient: Option<String>,
        pub(crate) state: MailState,
        pub(crate) problem: Option<String>,
        pub(crate) subject: Option<String>,
        pub(crate) html: Option<String>,
        pub(crate) text: Option<String>,
        pub(crate) due_at: Option<DateTimeUtc>,
        pub(crate) attempts: i64,
        pub(crate) lease_until: Option<DateTimeUtc>,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) updated_at: DateTimeUtc,
        pub(crate) placement_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod mail_fragments {
    use sea_orm::entity::prelude::*;

    use crate::delivery::{FragmentKind, FragmentState};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "mail_fragments")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) channel_id: Uuid,
        pub(crate) key: String,
        pub(crate) kind: FragmentKind,
        pub(crate) audience: String,
        pub(crate) subject: String,
        pub(crate) html: String,
        pub(crate) text: String,
        pub(crate) state: FragmentState,
        pub(crate) due_at: DateTimeUtc,
        pub(crate) digest_key: Option<String>,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) updated_at: DateTimeUtc,
        pub(crate) placement_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod mail_suppressions {
    use sea_orm::entity::prelude::*;

    use crate::delivery::SuppressionOrigin;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "mail_suppressions")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) channel_id: Uuid,
        pub(crate) mark: String,
        pub(crate) address: Option<String>,
        pub(crate) origin: SuppressionOrigin,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}
