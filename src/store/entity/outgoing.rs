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
