//! Rows of notices, and of what people want to be told.

pub(crate) mod notices {
    use sea_orm::entity::prelude::*;

    use crate::notice::{NoticeKind, NoticeState, Way};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notices")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) board_id: Option<Uuid>,
        pub(crate) kind: NoticeKind,
        pub(crate) way: Way,
        pub(crate) user_id: Option<Uuid>,
        pub(crate) job_id: Option<Uuid>,
        pub(crate) channel_id: Option<Uuid>,
        pub(crate) placement_id: Option<Uuid>,
        pub(crate) link_id: Option<Uuid>,
        pub(crate) concerns: Option<DateTimeUtc>,
        pub(crate) recipient: Option<String>,
        pub(crate) mailbox: Option<String>,
        pub(crate) state: NoticeState,
        pub(crate) problem: Option<String>,
        pub(crate) due_at: Option<DateTimeUtc>,
        pub(crate) digest: bool,
        pub(crate) batch: Option<Uuid>,
        pub(crate) attempts: i64,
        pub(crate) repeats: i64,
        pub(crate) lease_until: Option<DateTimeUtc>,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) updated_at: DateTimeUtc,
        pub(crate) once_key: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod board_mail_servers {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "board_mail_servers")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        pub(crate) version: i64,
        pub(crate) sealed: Vec<u8>,
        pub(crate) server: String,
        pub(crate) sender: String,
        pub(crate) problem: Option<String>,
        pub(crate) problem_since: Option<DateTimeUtc>,
        pub(crate) updated_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod notice_words {
    use sea_orm::entity::prelude::*;

    use crate::notice::NoticeKind;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice_words")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) kind: NoticeKind,
        pub(crate) subject: Option<String>,
        pub(crate) text: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod notification_preferences {
    use sea_orm::entity::prelude::*;

    use crate::notice::{NoticeKind, Timing, Way};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notification_preferences")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) user_id: Uuid,
        pub(crate) kind: NoticeKind,
        pub(crate) way: Way,
        pub(crate) timing: Timing,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}
