//! What arrived, what the reader found in it, and which notices it belongs to.

pub mod messages {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "messages")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub channel: String,
        pub received_at: At,
        #[sea_orm(column_type = "Text")]
        pub sha256: String,
        pub length: i64,
        pub blob: Uuid,
        /// With the bytes it makes `commitment`, and it is erased with them.
        pub salt: Option<Vec<u8>>,
        #[sea_orm(column_type = "Text")]
        pub commitment: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub media: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub envelope_from: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub envelope_to: String,
        #[sea_orm(column_type = "Text")]
        pub authenticity: String,
        #[sea_orm(column_type = "Text")]
        pub authenticity_reason: String,
        pub duplicate_of: Option<Uuid>,
        #[sea_orm(column_type = "Text")]
        pub state: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub reason: Option<String>,
        pub attempts: i32,
        pub leased_until: Option<At>,
        pub read_at: Option<At>,
        #[sea_orm(column_type = "Text", nullable)]
        pub format: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub sender: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub forwarded_by: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub subject: Option<String>,
        pub erased_at: Option<At>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod readings {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "readings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub message: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        #[sea_orm(column_type = "Text")]
        pub reader: String,
        pub at: At,
        #[sea_orm(column_type = "Text")]
        pub body: String,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod message_notices {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "message_notices")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub message: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub notice: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub announcement: i32,
        #[sea_orm(column_type = "Text")]
        pub relation: String,
        pub at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod notice_keys {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub key: String,
        pub notice: Uuid,
        pub at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod channels {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channels")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        pub first_seen_at: At,
        pub last_seen_at: At,
        pub messages: i64,
        /// The longest silence lately, in microseconds.
        pub longest_gap: i64,
        /// The longest silence that a person expects, in microseconds; 0 where silence means nothing.
        pub expected_gap: Option<i64>,
        /// When the alarm about the silence that lasts was raised.
        pub alarmed_at: Option<At>,
        /// Where a canary is sent so that it comes back by this channel.
        #[sea_orm(column_type = "Text", nullable)]
        pub canary_address: Option<String>,
        /// In microseconds; none: only by the button.
        pub canary_every: Option<i64>,
        #[sea_orm(column_type = "Text", nullable)]
        pub canary_token: Option<String>,
        pub canary_sent_at: Option<At>,
        pub canary_seen_at: Option<At>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod arrivals {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "arrivals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub channel: String,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub key: String,
        pub message: Uuid,
        pub at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod sources {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sources")]
    pub struct Model {
        /// The channel that it feeds.
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub holder: Option<String>,
        pub leased_until: Option<At>,
        pub next_at: Option<At>,
        /// Where it goes on, as its own JSON.
        #[sea_orm(column_type = "Text", nullable)]
        pub cursor: Option<String>,
        /// In a row.
        pub failures: i32,
        #[sea_orm(column_type = "Text", nullable)]
        pub trouble: Option<String>,
        pub trouble_since: Option<At>,
        pub well_at: Option<At>,
        /// Old mail that waits for an answer, as JSON.
        #[sea_orm(column_type = "Text", nullable)]
        pub history: Option<String>,
        /// The answer: a date, or `none`.
        #[sea_orm(column_type = "Text", nullable)]
        pub history_since: Option<String>,
        /// The refresh token that the mailbox's server gave last, sealed.
        #[sea_orm(column_type = "Text", nullable)]
        pub tokens: Option<String>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod passed_over {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    /// A mail that its mailbox does not hand out.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "passed_over")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub channel: String,
        /// What the source calls it.
        #[sea_orm(column_type = "Text")]
        pub key: String,
        pub uid: i64,
        #[sea_orm(column_type = "Text")]
        pub state: String,
        #[sea_orm(column_type = "Text")]
        pub reason: String,
        pub attempts: i32,
        pub since: At,
        pub tried_at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
