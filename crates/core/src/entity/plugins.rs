//! Rows of installed plugins.

use crate::wire::wire_enum;

wire_enum! {
    /// Whether an installed plugin may be used.
    InstallState {
        /// It may.
        Enabled = "enabled",
        /// The operator switched it off.
        Disabled = "disabled",
    }
}

pub(crate) mod plugin_files {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "plugin_files")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) sha256: String,
        pub(crate) bytes: Vec<u8>,
        pub(crate) stored_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod plugin_installs {
    use sea_orm::entity::prelude::*;

    use crate::entity::InstallState;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "plugin_installs")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: String,
        pub(crate) state: InstallState,
        pub(crate) version: Option<String>,
        pub(crate) sha256: Option<String>,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) grants: Option<Json>,
        pub(crate) previous_version: Option<String>,
        pub(crate) previous_sha256: Option<String>,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) previous_grants: Option<Json>,
        pub(crate) installed_at: DateTimeUtc,
        pub(crate) updated_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod plugin_uploads {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "plugin_uploads")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) uploaded_by: Uuid,
        pub(crate) file_name: String,
        pub(crate) bytes: Vec<u8>,
        pub(crate) uploaded_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
