//! Rows of jobs.

pub(crate) mod jobs {
    use sea_orm::entity::prelude::*;

    use crate::job::{EndedBy, JobState, Workplace};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "jobs")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) slug: String,
        pub(crate) state: JobState,
        pub(crate) revision: i64,
        pub(crate) pending_revision: Option<i64>,
        pub(crate) workplace: Workplace,
        pub(crate) search_text: String,
        pub(crate) fold_version: i64,
        pub(crate) revised_at: Option<DateTimeUtc>,
        pub(crate) listed_at: DateTimeUtc,
        pub(crate) submitted_at: DateTimeUtc,
        pub(crate) publish_at: Option<DateTimeUtc>,
        pub(crate) published_at: Option<DateTimeUtc>,
        pub(crate) expires_at: Option<DateTimeUtc>,
        pub(crate) ended_at: Option<DateTimeUtc>,
        pub(crate) reason: Option<String>,
        pub(crate) ended_by: Option<EndedBy>,
        pub(crate) poster_locale: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod job_revisions {
    use sea_orm::entity::prelude::*;

    use crate::actor::ActorKind;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "job_revisions")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) job_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) number: i64,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) content: Json,
        pub(crate) author_kind: ActorKind,
        pub(crate) author_id: Option<Uuid>,
        pub(crate) created_at: DateTimeUtc,
        /// What its poster ticked; empty for what staff or an import wrote.
        #[sea_orm(column_type = "JsonBinary", nullable)]
        pub(crate) declared: Option<Json>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod job_contacts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "job_contacts")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) job_id: Uuid,
        pub(crate) email: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod job_proposed_contacts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "job_proposed_contacts")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) job_id: Uuid,
        pub(crate) email: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod job_tags {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "job_tags")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) job_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tag: String,
        pub(crate) folded: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod edit_links {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "edit_links")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) token_hash: String,
        pub(crate) job_id: Uuid,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) revoked_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod postings {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "postings")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) job_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) revision: i64,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) posting: Json,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod job_sources {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "job_sources")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) job_id: Uuid,
        pub(crate) identifier_key: Option<String>,
        pub(crate) place_key: Option<String>,
        pub(crate) content_key: String,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) fields: Json,
        pub(crate) run_id: Uuid,
        pub(crate) imported_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod submission_keys {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "submission_keys")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) digest: String,
        pub(crate) job_id: Uuid,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}
