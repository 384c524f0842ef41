//! Rows of channels and placements.

pub(crate) mod channels {
    use sea_orm::entity::prelude::*;

    use crate::delivery::ChannelState;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "channels")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) plugin: String,
        pub(crate) name: String,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) settings: Json,
        pub(crate) template: Option<String>,
        pub(crate) state: ChannelState,
        pub(crate) problem: Option<String>,
        pub(crate) account_label: Option<String>,
        pub(crate) account_url: Option<String>,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) lanes: Json,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) updated_at: DateTimeUtc,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) delivery: Json,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) remembered: Json,
        pub(crate) configuration: i64,
        pub(crate) next_at: Option<DateTimeUtc>,
        pub(crate) held_until: Option<DateTimeUtc>,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) findings: Json,
        pub(crate) public_name: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod channel_secrets {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel_secrets")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) channel_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) name: String,
        pub(crate) sealed: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod placements {
    use sea_orm::entity::prelude::*;

    use crate::delivery::{Desired, Outcome, PlacementState, Presence};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "placements")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) job_id: Uuid,
        pub(crate) channel_id: Uuid,
        pub(crate) desired: Desired,
        pub(crate) desired_revision: i64,
        pub(crate) state: PlacementState,
        pub(crate) actual_revision: Option<i64>,
        pub(crate) receipt: Option<Vec<u8>>,
        pub(crate) url: Option<String>,
        pub(crate) due_at: Option<DateTimeUtc>,
        pub(crate) lease_id: Option<Uuid>,
        pub(crate) lease_until: Option<DateTimeUtc>,
        pub(crate) failures: i64,
        pub(crate) problem: Option<String>,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) updated_at: DateTimeUtc,
        pub(crate) generation: i64,
        pub(crate) published_at: Option<DateTimeUtc>,
        pub(crate) checked_at: Option<DateTimeUtc>,
        pub(crate) check_at: Option<DateTimeUtc>,
        pub(crate) presence: Option<Presence>,
        pub(crate) began_key: Option<String>,
        pub(crate) began_at: Option<DateTimeUtc>,
        pub(crate) attempts: i64,
        pub(crate) sent_revision: Option<i64>,
        pub(crate) sent_configuration: Option<i64>,
        pub(crate) maybe_sent_at: Option<DateTimeUtc>,
        pub(crate) as_desired: bool,
        pub(crate) cause: Option<Outcome>,
        pub(crate) kept_away: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod attempts {
    use sea_orm::entity::prelude::*;

    use crate::delivery::{Operation, Outcome};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "attempts")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) placement_id: Uuid,
        pub(crate) number: i64,
        pub(crate) operation: Operation,
        pub(crate) revision: i64,
        pub(crate) started_at: DateTimeUtc,
        pub(crate) finished_at: Option<DateTimeUtc>,
        pub(crate) outcome: Outcome,
        pub(crate) status: Option<i64>,
        pub(crate) duration_ms: Option<i64>,
        pub(crate) message: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::entity::Owned for Entity {
        const TENANT: Self::Column = Column::TenantId;
    }
}

pub(crate) mod lanes {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "lanes")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) key: String,
        pub(crate) arrival_ms: i64,
        pub(crate) held_until_ms: i64,
        pub(crate) failures: i64,
        pub(crate) open_until_ms: i64,
        pub(crate) problem: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
