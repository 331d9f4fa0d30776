//! Projections of notices. Rows here are derived from the record and may be dropped and rebuilt at any time.

pub mod notices {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notices")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub number: i64,
        pub sequence: i64,
        /// Under which version of people, calendars and procedures the thresholds were counted.
        pub world: i64,
        #[sea_orm(column_type = "Text")]
        pub title: String,
        #[sea_orm(column_type = "Text")]
        pub provider: String,
        #[sea_orm(column_type = "Text")]
        pub kind: String,
        #[sea_orm(column_type = "Text")]
        pub status: String,
        #[sea_orm(column_type = "Text")]
        pub stage: String,
        #[sea_orm(column_type = "Text")]
        pub authenticity: String,
        #[sea_orm(column_type = "Text")]
        pub priority: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub hard_deadline: Option<String>,
        pub hard_deadline_at: Option<At>,
        pub act_by_at: Option<At>,
        pub window_start_at: Option<At>,
        pub window_end_at: Option<At>,
        pub overdue_at: Option<At>,
        pub priority_rises_at: Option<At>,
        /// When the effective priority rises to what, as JSON: `[[microseconds, "high"], …]`.
        #[sea_orm(column_type = "Text")]
        pub rises: String,
        pub next_due_at: Option<At>,
        pub flagged: bool,
        pub opened_at: At,
        pub updated_at: At,
        pub closed_at: Option<At>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod notice_waiting {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice_waiting")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub notice: Uuid,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub gate: String,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub level: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
        pub due_at: Option<At>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod notice_resources {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice_resources")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub notice: Uuid,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub resource: String,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        #[sea_orm(column_type = "Text")]
        pub sort: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub account: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub region: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub environment: Option<String>,
        pub team: Option<Uuid>,
        pub confirmed: bool,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod notice_watchers {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice_watchers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub notice: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The teams that a notice concerns, as mapped or as proposed.
pub mod notice_owners {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice_owners")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub notice: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub team: Uuid,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// To whom a notice is open also where its owner team is closed.
pub mod notice_concerned {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice_concerned")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub notice: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
