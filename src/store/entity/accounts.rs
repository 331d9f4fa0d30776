//! Ways of proving who one is beside a password.

pub mod linked_accounts {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "linked_accounts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub provider: String,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub subject: String,
        pub person: Uuid,
        #[sea_orm(column_type = "Text", nullable)]
        pub email: Option<String>,
        pub linked_at: At,
        pub used_at: Option<At>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod passkeys {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "passkeys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person: Uuid,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        /// The authenticator's id of it, in base64url.
        #[sea_orm(column_type = "Text")]
        pub credential: String,
        /// Public key and counter, as JSON.
        #[sea_orm(column_type = "Text")]
        pub body: String,
        pub created_at: At,
        pub used_at: Option<At>,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod begun_proofs {
    use sea_orm::entity::prelude::*;

    use crate::store::At;

    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "begun_proofs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub secret_hash: String,
        /// `provider`, `passkey` or `code`.
        #[sea_orm(column_type = "Text")]
        pub kind: String,
        pub person: Option<Uuid>,
        pub session: Option<Uuid>,
        /// What finishing it takes, as JSON.
        #[sea_orm(column_type = "Text")]
        pub body: String,
        pub created_at: At,
        pub expires_at: At,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
