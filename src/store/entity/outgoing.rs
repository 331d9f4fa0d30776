//! What is owed to people and programs outside, and what was sent.

pub mod deliveries {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "deliveries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub key: String,
        #[sea_orm(column_type = "Text")]
        pub kind: String,
        #[sea_orm(column_type = "Text")]
        pub template: String,
        #[sea_orm(column_type = "Text")]
        pub data: String,
        pub notice: Option<Uuid>,
        #[sea_orm(column_type = "Text", nullable)]
        pub gate: Option<String>,
        pub person: Option<Uuid>,
        #[sea_orm(column_type = "Text")]
        pub address: String,
        pub due_at: At,
        #[sea_orm(column_type = "Text")]
        pub state: String,
        pub attempts: i32,
        pub next_attempt_at: At,
        pub leased_until: Option<At>,
        #[sea_orm(column_type = "Text", nullable)]
        pub last_error: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub message_id: Option<String>,
        pub sent_at: Option<At>,
        #[sea_orm(column_type = "Text", nullable)]
        pub rendered: Option<String>,
        pub created_at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod delivery_attempts {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "delivery_attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub delivery: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub at: At,
        /// `sent`, `put_off` or `given_up`.
        #[sea_orm(column_type = "Text")]
        pub outcome: String,
        /// What the other side said.
        #[sea_orm(column_type = "Text")]
        pub answer: String,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod hooks {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "hooks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        /// `webhook`, `slack` or `teams`.
        #[sea_orm(column_type = "Text")]
        pub way: String,
        /// As it may be shown: of Slack and Teams only the host, since the rest lets anybody post.
        #[sea_orm(column_type = "Text")]
        pub url: String,
        /// As it once was kept, in clear; sealed and emptied at the next start.
        #[sea_orm(column_type = "Text", nullable)]
        pub secret: Option<String>,
        /// The whole address and the secret, encrypted with the installation's key. None only in rows of before.
        #[sea_orm(column_type = "Text", nullable)]
        pub sealed: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub events: String,
        pub person: Option<Uuid>,
        pub team: Option<Uuid>,
        #[sea_orm(column_type = "Text", nullable)]
        pub provider: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub notice_kind: Option<String>,
        pub active: bool,
        pub off_at: Option<At>,
        #[sea_orm(column_type = "Text", nullable)]
        pub off_why: Option<String>,
        pub created_by: Option<Uuid>,
        pub created_at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod mail_choices {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "mail_choices")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
        /// Their working hours as JSON; none for the house's.
        #[sea_orm(column_type = "Text", nullable)]
        pub hours: Option<String>,
        /// What they do not want, as a JSON list.
        #[sea_orm(column_type = "Text")]
        pub unwanted: String,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
