//! Who may do what, and how they prove who they are. Only hashes of secrets are kept.

pub mod people {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "people")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        #[sea_orm(column_type = "Text")]
        pub email: String,
        #[sea_orm(column_type = "Text")]
        pub zone: String,
        #[sea_orm(column_type = "Text")]
        pub role: String,
        pub active: bool,
        #[sea_orm(column_type = "Text", nullable)]
        pub password_hash: Option<String>,
        pub created_at: At,
        pub joined_at: Option<At>,
        pub erased_at: Option<At>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod levels {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "levels")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        pub rank: i32,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod person_levels {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "person_levels")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub level: String,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod level_requests {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "level_requests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
        /// Ids with spaces between.
        #[sea_orm(column_type = "Text")]
        pub levels: String,
        pub asked_at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod absences {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "absences")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person: Uuid,
        pub start_at: At,
        pub end_at: At,
        pub delegate: Option<Uuid>,
        pub created_at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod teams {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "teams")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        pub created_at: At,
        /// Its notices are closed to others.
        pub closed: bool,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod team_members {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "team_members")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub team: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod ownership_rules {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ownership_rules")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub position: i32,
        #[sea_orm(column_type = "Text", nullable)]
        pub provider: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub account: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub region: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub resource: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub environment: Option<String>,
        pub team: Uuid,
        pub created_at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod resource_mappings {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "resource_mappings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub provider: String,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub resource: String,
        #[sea_orm(column_type = "Text")]
        pub environment: String,
        pub team: Option<Uuid>,
        pub confirmed_by: Option<Uuid>,
        pub confirmed_at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod sessions {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub secret_hash: String,
        pub person: Uuid,
        #[sea_orm(column_type = "Text")]
        pub method: String,
        pub authenticated_at: At,
        pub fresh_until: Option<At>,
        pub created_at: At,
        pub seen_at: At,
        pub expires_at: At,
        #[sea_orm(column_type = "Text", nullable)]
        pub agent: Option<String>,
        /// The network address that began it.
        #[sea_orm(column_type = "Text", nullable)]
        pub address: Option<String>,
        /// Where the person proved who they are, if not here.
        #[sea_orm(column_type = "Text", nullable)]
        pub provider: Option<String>,
        /// The session there (`sid`), where it says.
        #[sea_orm(column_type = "Text", nullable)]
        pub provider_session: Option<String>,
        /// That provider's word for it, handed back to it when the person signs out.
        #[sea_orm(column_type = "Text", nullable)]
        pub id_token: Option<String>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod one_time_links {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "one_time_links")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub purpose: String,
        #[sea_orm(column_type = "Text")]
        pub secret_hash: String,
        pub person: Option<Uuid>,
        pub created_by: Option<Uuid>,
        pub created_at: At,
        pub expires_at: At,
        pub used_at: Option<At>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod tokens {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tokens")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        #[sea_orm(column_type = "Text")]
        pub secret_hash: String,
        #[sea_orm(column_type = "Text")]
        pub scopes: String,
        /// The one channel that it brings into, where it is bound to one.
        #[sea_orm(column_type = "Text", nullable)]
        pub channel: Option<String>,
        pub created_by: Uuid,
        pub created_at: At,
        pub expires_at: Option<At>,
        pub used_at: Option<At>,
        pub revoked_at: Option<At>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod sign_in_failures {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_failures")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub subject: String,
        pub at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod duties {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duties")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub team: Uuid,
        pub person: Uuid,
        pub start_at: At,
        pub end_at: At,
        pub created_at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod feeds {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "feeds")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub secret_hash: String,
        pub person: Option<Uuid>,
        pub team: Option<Uuid>,
        pub created_by: Uuid,
        pub created_at: At,
        pub used_at: Option<At>,
        pub revoked_at: Option<At>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
